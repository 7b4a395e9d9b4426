export type { Config, Mailbox, Module, ResolverSettings, ServerSettings, WatchedDomain } from "./config.ts";
export { type ConfigDeps, type ConfigResult, loadConfig, parseConfig } from "./load.ts";
export { printConfig } from "./print.ts";
export { formatProblem, type Problem } from "./problem.ts";
export { type BareTargetOptions, type BareTargetResult, parseTarget } from "./bare-target.ts";
export { configJsonSchema, type JsonSchema } from "./json-schema.ts";
export { formatDuration, parseDuration } from "./duration.ts";
