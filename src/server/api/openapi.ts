import { z } from "zod";
import { loadRunSchema, loadRunsAnswer, loadRunsQuery } from "./load-run-schemas.ts";
import {
  errorAnswer,
  observationSchema,
  observationsAnswer,
  observationsQuery,
  targetsAnswer,
} from "./schemas.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** The interface as an OpenAPI 3.1 document, its shapes generated from what the answers are held against. */
export function openApiDocument(version: string): JsonObject {
  return {
    openapi: "3.1.0",
    info: {
      title: "Mailgauge",
      version,
      description: "What the probes saw, and the doors that Prometheus and an orchestrator use.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths: { ...apiPaths(), ...loadRunPaths(), ...scrapePaths(), ...healthPaths(), ...pagePaths() },
    components: {
      securitySchemes: {
        basic: { type: "http", scheme: "basic", description: "When the web configuration file names users." },
      },
    },
    security: [{}, { basic: [] }],
  };
}

function apiPaths(): JsonObject {
  return {
    "/api/v1/observations": {
      get: {
        operationId: "listObservations",
        summary: "The last observations, newest first; failures are kept longer than passes.",
        parameters: queryParameters(observationsQuery),
        responses: {
          200: json("Observations.", observationsAnswer),
          400: json("A bad parameter.", errorAnswer),
        },
      },
    },
    "/api/v1/observations/{id}": {
      get: {
        operationId: "getObservation",
        summary: "One observation.",
        parameters: [parameter("path", "id", "Id of the observation, percent-encoded.", true)],
        responses: {
          200: json("The observation.", observationSchema),
          404: json("It is not kept.", errorAnswer),
        },
      },
    },
    "/api/v1/targets": {
      get: {
        operationId: "listTargets",
        summary: "What is watched, with the state of each probe.",
        responses: { 200: json("Targets.", targetsAnswer) },
      },
    },
    "/api/v1/openapi.json": {
      get: {
        operationId: "getOpenApi",
        summary: "This document.",
        responses: { 200: { description: "OpenAPI 3.1.", content: { "application/json": {} } } },
      },
    },
  };
}

function loadRunPaths(): JsonObject {
  const unreadable = json("The database cannot be read.", errorAnswer);
  return {
    "/api/v1/load-runs": {
      get: {
        operationId: "listLoadRuns",
        summary: "The load tests that are kept, newest first; none without a store.",
        parameters: queryParameters(loadRunsQuery),
        responses: {
          200: json("Load tests.", loadRunsAnswer),
          400: json("A bad parameter.", errorAnswer),
          503: unreadable,
        },
      },
    },
    "/api/v1/load-runs/{id}": {
      get: {
        operationId: "getLoadRun",
        summary: "One load test, whole.",
        parameters: [parameter("path", "id", "Id of the run.", true)],
        responses: {
          200: json("The load test.", loadRunSchema),
          404: json("It is not kept.", errorAnswer),
          503: unreadable,
        },
      },
    },
    "/load-runs/{id}": {
      get: {
        operationId: "loadReport",
        summary: "The report of a load test, with charts.",
        parameters: [parameter("path", "id", "Id of the run.", true)],
        responses: {
          200: { description: "A page.", content: { "text/html": { schema: { type: "string" } } } },
          404: text("It is not kept."),
          503: text("The database cannot be read."),
        },
      },
    },
  };
}

function scrapePaths(): JsonObject {
  return {
    "/metrics": {
      get: {
        operationId: "getMetrics",
        summary: "Everything that the scheduled probes saw, for Prometheus.",
        responses: { 200: text("The text exposition format.") },
      },
    },
    "/probe": {
      get: {
        operationId: "probe",
        summary: "One run, now, as metrics under the names of blackbox_exporter.",
        parameters: [
          parameter("query", "target", "Name of a configured target.", true),
          parameter("query", "module", "How to look at it; smtp by default.", false),
          parameter("query", "debug", "`true`: the transcript and what it means, as text.", false),
          parameter(
            "header",
            "X-Prometheus-Scrape-Timeout-Seconds",
            "The run ends half a second before it.",
            false,
          ),
        ],
        responses: {
          200: text("Metrics, also when the probe failed."),
          400: text("Unknown target or module, with the list of those that there are."),
          503: text("Too many probes are under way."),
        },
      },
    },
    "/sd": {
      get: {
        operationId: "discoverTargets",
        summary: "All targets, as http_sd_configs of Prometheus reads them.",
        responses: { 200: json("Target groups.", targetGroups) },
      },
    },
  };
}

const targetGroups = z.array(
  z.looseObject({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()) }),
);

function healthPaths(): JsonObject {
  const reload = (operationId: string) => ({
    operationId,
    summary: "Reads the configuration again; a bad file keeps the old one.",
    responses: { 200: text("Reloaded."), 500: text("What is wrong with the file.") },
  });
  return {
    "/-/healthy": {
      get: { operationId: "healthy", summary: "The process answers.", responses: { 200: text("It does.") } },
    },
    "/-/ready": {
      get: {
        operationId: "ready",
        summary: "The first probes are scheduled.",
        responses: { 200: text("They are."), 503: text("Not yet.") },
      },
    },
    "/-/reload": { post: reload("reload"), put: reload("reloadByPut") },
  };
}

function pagePaths(): JsonObject {
  const html = { description: "A page.", content: { "text/html": { schema: { type: "string" } } } };
  return {
    "/": {
      get: {
        operationId: "statusPage",
        summary: "The status page.",
        parameters: [
          parameter(
            "query",
            "show",
            "Only checks in one state: fail, unknown, warn, pass or waiting.",
            false,
          ),
          parameter("query", "q", "Only targets whose name or probe holds this text.", false),
        ],
        responses: { 200: html },
      },
    },
  };
}

function parameter(where: string, name: string, description: string, required: boolean): JsonObject {
  return { name, in: where, description, required, schema: { type: "string" } };
}

function queryParameters(query: z.ZodObject): JsonObject[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function json(description: string, schema: z.ZodType): JsonObject {
  const { $schema: _dialect, ...shape } = z.toJSONSchema(schema);
  return { description, content: { "application/json": { schema: shape } } };
}

function text(description: string): JsonObject {
  return { description, content: { "text/plain": { schema: { type: "string" } } } };
}
