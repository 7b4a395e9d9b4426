/**
 * The colours of everything that is shown in a browser, light and dark. Text reaches a contrast of 4.5 on its ground,
 * shapes 3.
 */
export const PALETTE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --surface: #ffffff; --raised: #fbfbfc; --line: #e2e5ea; --line-strong: #c9ced6;
  --text: #191d24; --quiet: #58616f; --accent: #3f4fd0; --track: #e7eaee; --on-state: #ffffff;
  --pass: #1b7f4d; --warn: #9a5f00; --fail: #c5282f; --unknown: #7640b5; --waiting: #5d6675;
  --pass-soft: #e6f4ec; --warn-soft: #fcf1de; --fail-soft: #fdeced; --unknown-soft: #f3ecfb; --waiting-soft: #eef0f3;
  --shadow: 0 1px 2px rgb(20 25 35 / 5%), 0 1px 6px rgb(20 25 35 / 4%);
  --phase-dns: #8c96a6; --phase-connect: #4f86ec; --phase-banner: #2f9fc6; --phase-ehlo: #25a99d;
  --phase-starttls: #9a86ee; --phase-tls: #6a52d6; --phase-auth: #c25aae; --phase-mail: #e2ab4f;
  --phase-rcpt: #d5842a; --phase-data: #86b84a; --phase-body: #4b973e; --phase-quit: #b4bac5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1014; --surface: #16191f; --raised: #1b1f26; --line: #262b34; --line-strong: #3a414d;
    --text: #e6e9ef; --quiet: #99a3b3; --accent: #98a5ff; --track: #262b34; --on-state: #16191f;
    --pass: #46bd83; --warn: #eeb157; --fail: #ff7a73; --unknown: #c39bff; --waiting: #9aa4b3;
    --pass-soft: #14271e; --warn-soft: #2b2315; --fail-soft: #301a1c; --unknown-soft: #251d33; --waiting-soft: #1f242c;
    --shadow: none;
  }
}
`;
