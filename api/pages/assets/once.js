// A form is sent once: the second click of a double click would show the second answer instead of the first, and what is shown once would be gone.
const sent = new Set();

addEventListener('submit', (event) => {
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
});

// Who comes back by the back button finds the page as it was left, and may send its forms again.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) sent.clear();
});
