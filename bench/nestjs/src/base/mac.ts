import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { settings } from '../settings.js';

/** HMAC-SHA256 by a key of its own for each purpose, derived from the one secret. */
export class Mac {
  private readonly key: KeyObject;

  constructor(purpose: string) {
    this.key = createSecretKey(deriveKey(purpose));
  }

  sign(message: string | Buffer): Buffer {
    return createHmac('sha256', this.key).update(message).digest();
  }

  /** A signature may be cut short, to 16 bytes at least. */
  verify(message: string | Buffer, signature: Buffer): boolean {
    return (
      signature.length >= 16 && timingSafeEqual(this.sign(message).subarray(0, signature.length), signature)
    );
  }
}

export function deriveKey(purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', settings.secret, '', purpose, 32));
}
