"""nginx with one worker that serves files: what the machine can do at that moment. As Debian ships it: it logs, as Luot
does, and keeps no file open."""

import subprocess

from luot import free_port

CONFIG = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {folder}/access.log;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  default_type application/json;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


class NginxFiles:
    def __init__(self, folder, contents):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "files").mkdir(parents=True)
        self.requests = {}
        for number, (name, content) in enumerate(contents.items()):
            path = folder / "files" / str(number)
            path.write_bytes(content)
            path.chmod(0o644)
            self.requests[name] = folder / f"{number}.requests"
            self.requests[name].write_text(f"GET\t/{number}\t\t\n")
        for path in (folder, folder / "files"):
            path.chmod(0o755)
        (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, port=self.port))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf"])

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
