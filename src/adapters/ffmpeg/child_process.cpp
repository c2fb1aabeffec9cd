#include "adapters/ffmpeg/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <sstream>

#include "adapters/ffmpeg/sandbox.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "ports/media_tool.hpp"

namespace luot::ffmpeg {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 4 * 1024 * 1024;
constexpr std::size_t kMaxErrors = 4 * 1024;
constexpr int kNotStarted = 127;   // as shells say "command not found"
constexpr int kNotConfined = 126;  // as shells say "not executable"
constexpr std::chrono::milliseconds kLookAtFolder{500};

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) base::throw_errno("pipe");
  }
  ~Pipe() {
    close(0);
    close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int read_end() const { return ends_[0]; }
  [[nodiscard]] int write_end() const { return ends_[1]; }
  void close(std::size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

void limit(__rlimit_resource resource, std::uint64_t value) {
  const rlimit bound{value, value};
  ::setrlimit(resource, &bound);
}

// What the child becomes; all of it made before the fork.
struct Program {
  std::string path;
  std::vector<char*> arguments;
  std::string folder;
  ChildLimits limits;
  std::optional<Sandbox> sandbox;
};

void set_limits(const ChildLimits& limits) {
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(limits.cpu.count()));
  limit(RLIMIT_AS, limits.memory);
  limit(RLIMIT_FSIZE, limits.file_size);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 64);
}

void forget_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGXFSZ, SIG_DFL);
}

// Between fork and exec: only async-signal-safe calls, for other threads may hold any lock.
[[noreturn]] void become_child(Program& program, int output, int errors, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNotStarted);  // the parent died before prctl
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0 ||
      ::chdir(program.folder.c_str()) != 0) {
    ::_exit(kNotStarted);
  }
  ::setpriority(PRIO_PROCESS, 0, 10);
  set_limits(program.limits);
  if (program.sandbox && !program.sandbox->close_files()) ::_exit(kNotConfined);
  ::close_range(3, ~0U, 0);
  forget_signals();
  if (program.sandbox && !program.sandbox->close_kernel()) ::_exit(kNotConfined);
  const std::array<char*, 4> environment{const_cast<char*>("PATH=/usr/local/bin:/usr/bin:/bin"),
                                         const_cast<char*>("LC_ALL=C"), const_cast<char*>("MALLOC_ARENA_MAX=2"),
                                         nullptr};
  ::execve(program.path.c_str(), program.arguments.data(), environment.data());
  ::_exit(kNotStarted);
}

// The child and its group; kills and reaps what still runs when the scope ends.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) { ::setpgid(pid, pid); }
  ~Child() {
    if (!reaped_) finish();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() const { ::kill(-pid_, SIGKILL); }

  // Whether it has ended. It is not reaped by this, so that its number stays its own.
  [[nodiscard]] bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
  }

  struct End {
    int status = 0;  // as of waitpid()
    std::chrono::microseconds cpu{};
  };
  // Ends what it left in its group, and reaps it.
  End finish() {
    kill();
    End end;
    rusage used{};
    while (::wait4(pid_, &end.status, 0, &used) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    end.cpu = std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
              std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    return end;
  }

 private:
  pid_t pid_;
  bool reaped_ = false;
};

class Output {
 public:
  Output(ChildResult& result, const std::function<void(std::string_view)>& on_line)
      : result_(result), on_line_(on_line) {}

  void take(std::string_view bytes) {
    if (!on_line_) {
      result_.output.append(bytes.substr(0, kMaxOutput - std::min(kMaxOutput, result_.output.size())));
      return;
    }
    line_.append(bytes);
    for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
      on_line_(std::string_view(line_).substr(0, end));
      line_.erase(0, end + 1);
    }
    if (line_.size() > kMaxErrors) line_.clear();
  }

  void take_errors(std::string_view bytes) {
    result_.errors.append(bytes);
    if (result_.errors.size() > kMaxErrors) result_.errors.erase(0, result_.errors.size() - kMaxErrors);
  }

 private:
  ChildResult& result_;
  const std::function<void(std::string_view)>& on_line_;
  std::string line_;
};

// How much more its files take of the disk than when it was made.
class Growth {
 public:
  explicit Growth(const fs::path& folder) : folder_(folder), before_(size()) {}

  [[nodiscard]] bool exceeds(std::uint64_t bound) {
    const auto now = Clock::now();
    if (folder_.empty() || now < next_look_) return false;
    next_look_ = now + kLookAtFolder;
    return size() > before_ + bound;
  }

 private:
  [[nodiscard]] std::uint64_t size() const {
    std::uint64_t bytes = 0;
    std::error_code gone;
    if (folder_.empty()) return 0;
    for (auto entry = fs::directory_iterator(folder_, gone); !gone && entry != fs::directory_iterator();
         entry.increment(gone)) {
      struct ::stat file {};
      if (::lstat(entry->path().c_str(), &file) == 0) bytes += static_cast<std::uint64_t>(file.st_blocks) * 512;
    }
    return bytes;
  }

  const fs::path& folder_;
  std::uint64_t before_;
  Clock::time_point next_look_ = Clock::now() + kLookAtFolder;
};

// Kills a child that is late, or whose folder has grown too much.
class Bounds {
 public:
  Bounds(const ChildLimits& limits, const fs::path& folder, const Child& child, ChildResult& result)
      : limits_(limits), deadline_(Clock::now() + limits.wall), growth_(folder), child_(child), result_(result) {}

  [[nodiscard]] bool broken() const { return result_.timed_out || result_.outgrew; }
  void look() {
    if (broken()) return;
    result_.timed_out = Clock::now() >= deadline_;
    result_.outgrew = growth_.exceeds(limits_.folder_growth);
    if (broken()) child_.kill();
  }

 private:
  const ChildLimits& limits_;
  const Clock::time_point deadline_;
  Growth growth_;
  const Child& child_;
  ChildResult& result_;
};

// Reads both pipes until they are closed and the child has ended; kills it where a stop is requested.
void pump(const Pipe& output, const Pipe& errors, Output& sink, const Child& child, Bounds& bounds,
          const std::stop_token& stop) {
  std::array<pollfd, 2> watched{pollfd{output.read_end(), POLLIN, 0}, pollfd{errors.read_end(), POLLIN, 0}};
  std::array<char, 16 * 1024> buffer{};
  const auto open = [&watched] { return watched[0].fd >= 0 || watched[1].fd >= 0; };
  // A child may close its pipes and stay, or leave others behind that hold them.
  while (!child.has_ended() || (open() && !bounds.broken())) {
    if (stop.stop_requested()) throw ports::Stopped();
    bounds.look();
    if (::poll(watched.data(), watched.size(), open() ? 100 : 20) <= 0) continue;
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].fd < 0 || watched[i].revents == 0) continue;
      const auto count = ::read(watched[i].fd, buffer.data(), buffer.size());
      if (count <= 0) {
        watched[i].fd = -1;
      } else {
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
        i == 0 ? sink.take(bytes) : sink.take_errors(bytes);
      }
    }
  }
}

base::Unavailable not_started(const std::string& program) {
  return {"transcoder_missing", program + " could not be started; is the package ffmpeg installed?",
          std::chrono::seconds(30)};
}

// As a shell finds it, with all symbolic links followed.
fs::path find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::error_code absent;
    auto found = fs::canonical(fs::path(folder) / name, absent);
    if (!absent && ::access(found.c_str(), X_OK) == 0) return found;
  }
  throw not_started(name);
}

// Made before the child is, which may make none. An output that is there already is not opened.
void make_outputs(const std::vector<fs::path>& outputs) {
  for (const auto& output : outputs) {
    const int made = ::open(output.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (made >= 0) ::close(made);
    if (made < 0 && errno != EEXIST) base::throw_errno("make " + output.string());
  }
}

Program make_program(const std::vector<std::string>& arguments, const fs::path& folder, const ChildLimits& limits,
                     const Confinement& confinement) {
  Program program;
  program.path = find_program(arguments.front());
  for (const auto& argument : arguments)
    program.arguments.push_back(const_cast<char*>(argument.c_str()));
  program.arguments.push_back(nullptr);
  program.folder = folder.empty() ? "/" : folder.string();
  program.limits = limits;
  if (confinement.sandboxed) {
    make_outputs(confinement.outputs);
    program.sandbox.emplace(sandbox_parts(), program.path, folder, confinement.outputs);
  }
  return program;
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, const fs::path& folder, const ChildLimits& limits,
                      const std::stop_token& stop, const std::function<void(std::string_view)>& on_line,
                      const Confinement& confinement) {
  auto program = make_program(arguments, folder, limits, confinement);
  Pipe output;
  Pipe errors;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) base::throw_errno("fork");
  if (pid == 0) become_child(program, output.write_end(), errors.write_end(), parent);
  Child child(pid);
  output.close(1);
  errors.close(1);
  ChildResult result;
  Output sink(result, on_line);
  Bounds bounds(limits, folder, child, result);
  pump(output, errors, sink, child, bounds, stop);
  const auto end = child.finish();
  if (WIFEXITED(end.status)) result.exit_code = WEXITSTATUS(end.status);
  if (WIFSIGNALED(end.status)) result.signal = WTERMSIG(end.status);
  // At its limit of CPU time, which it counts by the tick, the system kills in the way in which others might.
  result.timed_out = result.timed_out || (result.signal == SIGKILL && end.cpu >= limits.cpu * 9 / 10);
  if (result.exit_code == kNotStarted) throw not_started(arguments.front());
  if (result.exit_code == kNotConfined) {
    throw base::Unavailable("transcoder_unconfined", "The kernel refused the sandbox for " + arguments.front() + ".",
                            std::chrono::seconds(30));
  }
  return result;
}

}  // namespace luot::ffmpeg
