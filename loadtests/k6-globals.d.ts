/** What k6 has as a global and its types do not name. Each line goes to standard error, with its level. */
declare const console: {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
};
