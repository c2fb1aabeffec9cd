// The program's subcommands: serve, worker, migrate, doctor, edge-keys, events-url, routes.
#pragma once

namespace luot::app {

// The exit code.
int run(int argc, char** argv);

}  // namespace luot::app
