#include "app/commands.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

#include "app/application.hpp"
#include "app/doctor.hpp"
#include "app/worker.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::app {
namespace {

namespace fs = std::filesystem;

std::string flag_name(std::string_view setting) {
  std::string name = "--" + std::string(setting);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

base::log::Level level_of(const std::string& name) {
  using base::log::Level;
  if (name == "debug") return Level::kDebug;
  if (name == "warning") return Level::kWarning;
  return name == "error" ? Level::kError : Level::kInfo;
}

// Each connection is a descriptor: take as many as the system gives.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// SIGINT and SIGTERM from the moment it is made.
class StopSignal {
 public:
  StopSignal() {
    signals_.async_wait([](const boost::system::error_code&, int) {});
  }
  void wait() {
    context_.run();
    signals_.clear();  // a second one ends the process at once
  }

 private:
  base::asio::io_context context_;
  base::asio::signal_set signals_{context_, SIGINT, SIGTERM};
};

void greet(const Config& config) {
  std::string transcoder = "no workers in this process";
  if (config.workers > 0) {
    try {
      transcoder = "ffmpeg " + ffmpeg::FfmpegMediaTool::version();
    } catch (const base::Unavailable& e) {
      transcoder = std::string("MISSING: ") + e.what() + " Uploads will wait for it.";
    }
  }
  std::printf(
      "\n  Luot is running.\n\n"
      "    Web page      %s/\n"
      "    API docs      %s/docs\n"
      "    Database      %s\n"
      "    Shared state  %s\n"
      "    Videos        %s\n"
      "    Data folder   %s (what is local, and the secret: keep it private, back it up)\n"
      "    Transcoder    %s\n\n"
      "  Next: open the page, register, and upload a video; or follow \"A first upload by curl\" in README.md.\n"
      "  Ctrl-C stops it; nothing that was acknowledged is lost.\n\n",
      config.public_url.c_str(), config.public_url.c_str(), shown_url(config.database_url).c_str(),
      shown_url(config.state_url).c_str(), shown_url(config.storage_url).c_str(), fs::absolute(config.data_dir).c_str(),
      transcoder.c_str());
  std::fflush(stdout);
}

void warn_of_sandbox_gaps() {
  std::string gaps;
  for (const auto& gap : ffmpeg::FfmpegMediaTool::sandbox_gaps())
    gaps += (gaps.empty() ? "" : " ") + gap;
  if (!gaps.empty()) base::log::warning("weak sandbox", {{"hint", gaps}});
}

int serve(const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  StopSignal stop_signal;  // before anybody can see that the server runs
  if (config.public_url_is_a_guess()) {
    base::log::warning("no public_url", {{"hint", "listening on " + config.listen +
                                                      ": set LUOT_PUBLIC_URL, or clients get wrong URLs"}});
  }
  if (is_shared_database(config) && !is_shared_state(config)) {
    base::log::warning("state of one node", {{"hint",
                                              "state_url is memory: with more than one node on this database "
                                              "limits and views go wrong; set LUOT_STATE_URL=redis://..."}});
  }
  if (config.workers > 0) warn_of_sandbox_gaps();
  Application application(config);
  application.start();
  greet(config);
  stop_signal.wait();
  base::log::info("stopping");
  application.stop();
  base::log::info("stopped");
  return 0;
}

int work(const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  StopSignal stop_signal;
  const auto version = ffmpeg::FfmpegMediaTool::version();  // without it there is nothing that a worker could do
  warn_of_sandbox_gaps();
  Worker worker(config);
  worker.start();
  base::log::info("worker started", {{"ffmpeg", version}, {"videos_at_once", config.workers}});
  stop_signal.wait();
  base::log::info("stopping");
  worker.stop();
  base::log::info("stopped");
  return 0;
}

int migrate(const Config& config) {
  std::printf("%d migrations applied\n", open_database(config)->migrate());
  return 0;
}

// Of a server that exists: a secret made here would be that of no server.
Keys existing_keys(const Config& config) {
  const auto file = config.data_dir / "secret";
  if (!config.secret && !fs::exists(file)) {
    throw std::runtime_error("there is no secret yet: set LUOT_SECRET, or start the server once, which makes " +
                             file.string());
  }
  return {config.secret ? *config.secret : load_or_make_secret(file), config.previous_secret};
}

int print_edge_keys(const Config& config) {
  // As JSON, which every edge reads.
  std::string list;
  for (const auto& key : edge_keys(existing_keys(config)))
    list += (list.empty() ? "\"" : ", \"") + key + "\"";
  std::printf("[%s]\n", list.c_str());
  return 0;
}

int print_events_url(const Config& config) {
  const auto tokens = storage_event_tokens(existing_keys(config));
  std::printf("%s/storage/events?token=%s\n", config.public_url.c_str(), tokens.front().c_str());
  return 0;
}

// Made on a data folder of its own, which goes again: the list does not depend on any data.
int print_routes(Config config) {
  std::string folder = (fs::temp_directory_path() / "luot-routes-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  config.data_dir = folder;
  config.database_url = "sqlite:" + folder + "/luot.db";
  config.storage_url = "file:" + folder + "/media";
  config.state_url = "memory:";
  {
    const Application application(config);
    for (const auto& route : application.router().routes()) {
      std::printf("%-6s %s\n", std::string(route->method).c_str(), std::string(route->pattern).c_str());
    }
  }
  fs::remove_all(folder);
  return 0;
}

struct Command {
  const char* name;
  const char* help;
  int (*run)(const Config&);
};
constexpr Command kCommands[] = {
    {"serve", "Serve the API, the web page and, by default, transcode", serve},
    {"worker", "Transcode for servers that share PostgreSQL and S3 with it", work},
    {"migrate", "Bring the database to this version's schema", migrate},
    {"doctor", "Check whether everything that the settings name is there and as it must be",
     [](const Config& config) { return examine(config, Fix::kNo); }},
    {"edge-keys", "Print the keys that an edge checks playback URLs with (docs/edge.md)", print_edge_keys},
    {"events-url", "Print where an object store reports uploads: a URL with its token", print_events_url},
    {"routes", "Print every route of the server", [](const Config& config) { return print_routes(config); }},
};

void add_command(CLI::App& cli, const Command& command, std::string& file, Values& flags) {
  auto* subcommand = cli.add_subcommand(command.name, command.help);
  subcommand->add_option("--config", file, "Settings file (luot.toml, where it exists)");
  for (const auto& setting : settings()) {
    const std::string name(setting.name);
    subcommand->add_option_function<std::string>(
        flag_name(name), [&flags, name](const std::string& value) { flags[name] = value; }, std::string(setting.help));
  }
}

}  // namespace

int run(int argc, char** argv) {
  ::umask(077);  // what Luot writes is its owner's
  CLI::App cli("Luot: the backend of a short-video product");
  cli.require_subcommand(1);
  cli.footer("Settings are flags of each command (luot serve --help), LUOT_... variables, or lines of luot.toml.");
  std::string file;
  Values flags;
  for (const auto& command : kCommands)
    add_command(cli, command, file, flags);
  bool fix = false;
  cli.get_subcommand("doctor")->add_flag("--fix", fix, "Set what can be set: the bucket's CORS and lifecycle rules");
  CLI11_PARSE(cli, argc, argv);
  try {
    std::optional<fs::path> config_file;
    if (!file.empty()) config_file = file;
    if (file.empty() && fs::exists("luot.toml")) config_file = "luot.toml";
    const auto config = load_config(config_file, process_environment, flags);
    base::log::configure(level_of(config.log_level));
    if (fix) return examine(config, Fix::kYes);
    for (const auto& command : kCommands) {
      if (cli.got_subcommand(command.name)) return command.run(config);
    }
  } catch (const base::Unavailable& e) {  // its words are for clients; what it is about stands in the log
    std::fprintf(stderr, "luot: cannot start; see the log above. %s\n", e.what());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "luot: %s\n", e.what());
  }
  return 1;
}

}  // namespace luot::app
