import { Link } from '@tanstack/react-router';

export function NotFound() {
  return (
    <div className="page">
      <h1>There is no such page</h1>
      <p>
        The address may be from another version of Stance. <Link to="/posture">Go to Posture</Link>, or search with Ctrl-K.
      </p>
    </div>
  );
}
