// What the hotline's document (openapi.d.ts, made from it by `npm run types`) says of each operation.

import type { components, operations } from "./openapi";

type Json<T> = T extends { content: { "application/json": infer Content } } ? Content : never;
type Responses<N extends keyof operations> = operations[N]["responses"];

export type Schemas = components["schemas"];

/** The body of an operation. */
export type Body<N extends keyof operations> = operations[N] extends { requestBody: infer R } ? Json<R> : undefined;

/** What an operation answers when all is well. */
export type Answer<N extends keyof operations> = {
  [S in keyof Responses<N>]: S extends 200 | 201 | 202 ? Json<Responses<N>[S]> : never;
}[keyof Responses<N>];
