export type { Config, ResolverSettings } from "./config.ts";
export { parseTarget } from "./bare-target.ts";
export { loadProfile } from "./load-profile.ts";
export { configJsonSchema, type JsonSchema } from "./json-schema.ts";
export { type ConfigDeps, type ConfigResult, loadConfig, parseConfig } from "./load.ts";
export { nearest } from "./nearest.ts";
export { printConfig } from "./print.ts";
export { formatProblem, type Problem } from "./problem.ts";
