import { createSigner, createVerifier } from 'fast-jwt';
import type { Id } from '../base/ids.js';
import { decodeId, encodeId } from '../base/ids.js';
import { deriveKey } from '../base/mac.js';
import { BoundedMap } from '../base/bounded_map.js';
import { Problem } from '../http/problem.js';

export interface Viewer {
  id: Id;
  username: string;
}

interface Claims {
  sub: string;
  name: string;
  exp: number;
}

const LIFE_SECONDS = 900;
const SCHEME = /^bearer /i;

export class AccessTokens {
  private readonly key = deriveKey('jwt');
  private readonly sign = createSigner({ key: this.key, algorithm: 'HS256', expiresIn: LIFE_SECONDS * 1000 });
  private readonly read = createVerifier({ key: this.key, algorithms: ['HS256'] });
  // By the whole header. fast-jwt's own cache hashes the token first, which costs as much as half a verification.
  private readonly verified = new BoundedMap<string, { viewer: Viewer; expires: number }>(10_000);

  issue(viewer: Viewer) {
    const access_token = this.sign({ sub: encodeId(viewer.id), name: viewer.username });
    return { access_token, token_type: 'Bearer', expires_in: LIFE_SECONDS };
  }

  verify(authorization: string): Viewer {
    const known = this.verified.get(authorization);
    if (known && known.expires > Date.now()) return known.viewer;
    if (!SCHEME.test(authorization)) throw this.refusal();
    let claims: Claims;
    try {
      claims = this.read(authorization.slice('bearer '.length));
    } catch {
      throw this.refusal();
    }
    const id = decodeId(claims.sub);
    if (!id) throw this.refusal();
    const viewer = { id, username: claims.name };
    this.verified.set(authorization, { viewer, expires: claims.exp * 1000 });
    return viewer;
  }

  private refusal(): Problem {
    return new Problem(
      401,
      'invalid_token',
      'This is not an access token of this server, or it has expired.',
    );
  }
}
