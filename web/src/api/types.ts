import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Video = Schemas['Video'];
export type VideoRecord = Schemas['VideoRecord'];
export type Comment = Schemas['Comment'];
export type Me = Schemas['Me'];
export type Session = Schemas['Session'];
export type Problem = Schemas['Problem'];
export type User = Schemas['User'];
export type Visibility = Schemas['Visibility'];
export type ProcessingState = Schemas['ProcessingState'];
export type ViewResult = Schemas['ViewResult'];
export type UploadTicket = Schemas['UploadTicket'];
export type UploadLimits = Schemas['UploadLimits'];
export type SignedPart = Schemas['SignedPart'];

type Method = 'get' | 'post' | 'patch' | 'delete';

/** The paths of the contract that have this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends object ? P : never;
}[keyof paths];

type Part<K extends string, T> = [T] extends [never] ? object : { [k in K]: T };
type MayHaveBody<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type PathParams<O> = O extends { parameters: { path: infer P } } ? P : never;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Exclude<Q, undefined> : never;

/** What a call of this operation must be given. */
export type Input<O> = Part<'body', BodyOf<O>> &
  Partial<Part<'body', MayHaveBody<O>>> &
  Part<'path', PathParams<O>> &
  Partial<Part<'query', QueryOf<O>>>;

type JsonOf<R> = R extends { content: { 'application/json': infer T } } ? T : undefined;

/** What it answers when all is well. */
export type Output<O> = O extends { responses: infer R }
  ? JsonOf<R[keyof R & (200 | 201 | 202 | 204)]>
  : never;
