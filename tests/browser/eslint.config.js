// The page's scripts and these tests: ESLint's recommended rules.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  { files: ["lesson/page/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/browser/**"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
