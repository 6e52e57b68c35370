/** The pages of the navigation, in its order, with the second key of `g` + letter. */
import type { IconName } from './components/icon.tsx';

export const places = [
  { to: '/posture', label: 'Posture', icon: 'posture', key: 'p' },
  { to: '/inventory', label: 'Inventory', icon: 'inventory', key: 'i' },
  { to: '/findings', label: 'Triage', icon: 'triage', key: 't' },
  { to: '/threats', label: 'Threats', icon: 'threats', key: 'h' },
  { to: '/controls', label: 'Controls', icon: 'controls', key: 'c' },
  { to: '/sources', label: 'Sources', icon: 'sources', key: 's' },
  { to: '/settings', label: 'Settings', icon: 'settings', key: 'e' },
] as const satisfies readonly { to: string; label: string; icon: IconName; key: string }[];
