/** The inventory in another form, as a download. */
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { ChoiceMenu } from './overlay.tsx';

const forms = [
  ['csv', 'CSV'],
  ['json', 'JSON'],
  ['openapi-3.1', 'OpenAPI 3.1'],
  ['openapi-3.0', 'OpenAPI 3.0'],
  ['cyclonedx', 'CycloneDX'],
] as const;

export function ExportMenu({ ws, service }: { ws: string; service: readonly string[] }) {
  return (
    <ChoiceMenu
      label="Export"
      trigger={
        <Button>
          Export <Icon name="down" />
        </Button>
      }
      choices={forms.map(([id, label]) => ({
        id,
        label,
        ...(service.length === 1 && service[0] !== undefined ? { hint: service[0] } : {}),
      }))}
      onChoose={(form) => {
        const one = service.length === 1 ? `&service=${encodeURIComponent(service[0] ?? '')}` : '';
        location.assign(`/api/v1/workspaces/${encodeURIComponent(ws)}/export?form=${form}${one}`);
      }}
    />
  );
}
