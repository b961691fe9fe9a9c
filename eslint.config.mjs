import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: ["node_modules/", "images/console/build/", "bench/programs/", "test/fixtures/", "test/golden/", ".cache/"],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ["*.mjs", ".*.cjs", "bin/*.js", "bench/support/*.cjs", "src/passwords/entry.cjs"],
        },
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Only where a package is too heavy to be loaded by everybody, and createRequire would hide it from the bundle.
      "@typescript-eslint/no-require-imports": [
        "error",
        { allow: ["^\\./(?:pull/(?:pullAccess|registryPullAccess)|cluster/imagePolicies|clusterConsole|appConsole)$"] },
      ],
      "max-lines": ["warn", { max: 250, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["**/*.mjs", "**/*.cjs", "bin/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
);
