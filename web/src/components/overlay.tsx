/** Things that lie over the page: dialog, side panel, popover, menu; all close with Escape and give the focus back. */
import type { ReactNode } from 'react';
import { Dialog, Heading } from 'react-aria-components/Dialog';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Popover } from 'react-aria-components/Popover';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

interface OverlayProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** `dialog` in the middle, `panel` at the right edge. */
  readonly place?: 'dialog' | 'panel' | 'top';
  readonly wide?: boolean;
}

export function Overlay({ title, isOpen, onClose, children, place = 'dialog', wide = false }: OverlayProps) {
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable className={`veil ${place}`}>
      <Modal className={`${place}-box${wide ? ' wide' : ''}`}>
        <Dialog className="overlay" aria-label={title}>
          <header className="overlay-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton name="Close" onPress={onClose}>
              <Icon name="close" />
            </IconButton>
          </header>
          <div className="overlay-body">{children}</div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
}

export function ChoiceMenu({
  trigger,
  label,
  choices,
  onChoose,
  selected,
}: {
  trigger: ReactNode;
  label: string;
  choices: readonly Choice[];
  onChoose: (id: string) => void;
  selected?: string;
}) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="popover" placement="bottom end">
        <Menu
          aria-label={label}
          className="menu"
          onAction={(key) => onChoose(String(key))}
          {...(selected === undefined ? {} : { selectionMode: 'single' as const, selectedKeys: [selected], disallowEmptySelection: true })}
        >
          {choices.map((choice) => (
            <MenuItem key={choice.id} id={choice.id} textValue={choice.label} className="menu-item">
              <span>{choice.label}</span>
              {choice.hint === undefined ? null : <span className="quiet-text">{choice.hint}</span>}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
