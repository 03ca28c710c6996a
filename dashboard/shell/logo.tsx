/** The mark: an arch with a call passing through. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="var(--mantine-primary-color-filled)" />
      <path
        d="M6.5 6v12M17.5 6v12M9 12h5.6m-2.3-2.5L14.8 12l-2.5 2.5"
        fill="none"
        stroke="var(--mantine-primary-color-contrast, #fff)"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
