// Neither package says what these entry points export.
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Options {
    dom_id: string;
    url: string;
    validatorUrl: string | null;
    deepLinking: boolean;
    defaultModelsExpandDepth: number;
  }
  export default function SwaggerUI(options: Options): void;
}

declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
