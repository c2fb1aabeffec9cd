import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

SwaggerUI({
  dom_id: '#docs',
  url: '/openapi.yaml',
  // The default asks a public server to validate the file; this page works offline.
  validatorUrl: null,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
});
