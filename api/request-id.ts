import type { NextFunction, Request, Response } from 'express';
import { v7 as uuid } from 'uuid';

/** Gives every request an ID of our own; a caller's is never trusted. */
export function assignRequestId(_request: Request, response: Response, next: NextFunction): void {
  const id = uuid();
  response.locals.requestId = id;
  response.set('X-Request-Id', id);
  next();
}

/** The ID that this request was given. */
export function requestId(response: Response): string {
  return response.locals.requestId as string;
}
