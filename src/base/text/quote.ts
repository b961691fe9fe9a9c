/** Text from outside as a message may show it: printable ASCII, JSON-quoted, at most `longest` characters of it. */
export function quoted(text: string, longest = 200): string {
  const cut = text.length <= longest ? text : `${text.slice(0, longest - 3)}...`;
  return JSON.stringify(cut).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** An address as a message may show it: without user, query and fragment, where secrets are kept. */
export function shownUrl(url: URL): string {
  const text = `${url.protocol}//${url.host}${url.pathname}`;
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}
