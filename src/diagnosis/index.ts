export { diagnose } from "./diagnose.ts";
export { explainReply } from "./explain.ts";
export { causeSentence } from "./sentences.ts";
