/** Spellings of another host that browsers, or careless readers of addresses, follow. */
export const OPEN_REDIRECTS = [
  ...[
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
  ],
  ...[
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\r\n/evil.example",
    "https:evil.example",
  ],
  ...["/.//evil.example", "/..//evil.example", "/./\\evil.example", "/x/..//evil.example", "/%2e//evil.example"],
  ...["javascript:alert(1)", "data:text/html,x", "//evil.example:443/", "//user@evil.example", "///\\evil.example"],
  ...["http:///evil.example", "evil.example", "@evil.example", "/%09//..//\\evil.example/..//"],
];
