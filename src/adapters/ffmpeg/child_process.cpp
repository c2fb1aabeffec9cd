#include "adapters/ffmpeg/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/file.hpp"
#include "base/result.hpp"
#include "ports/media_tool.hpp"

namespace luot::ffmpeg {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 4 * 1024 * 1024;
constexpr std::size_t kMaxErrors = 4 * 1024;
constexpr int kNotStarted = 127;  // as shells say "command not found"

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

// Between fork and exec: only async-signal-safe calls, for other threads may hold any lock.
[[noreturn]] void become_child(char* const* arguments, const char* folder, const ChildLimits& limits, int output,
                               int errors, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNotStarted);  // the parent died before prctl
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0 || ::chdir(folder) != 0) {
    ::_exit(kNotStarted);
  }
  ::close_range(3, ~0U, 0);
  ::setpriority(PRIO_PROCESS, 0, 10);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(limits.cpu.count()));
  limit(RLIMIT_AS, limits.memory);
  limit(RLIMIT_FSIZE, limits.file_size);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 64);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const std::array<char*, 4> environment{const_cast<char*>("PATH=/usr/local/bin:/usr/bin:/bin"),
                                         const_cast<char*>("LC_ALL=C"), const_cast<char*>("MALLOC_ARENA_MAX=2"),
                                         nullptr};
  ::execvpe(arguments[0], arguments, environment.data());
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

  // Ends what it left in its group, and reaps it. Returns its wait status.
  int finish() {
    kill();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status;
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

// Reads both pipes until they are closed and the child has ended; kills it when it is late, or a stop is requested.
void pump(const Pipe& output, const Pipe& errors, Output& sink, Clock::time_point deadline, const Child& child,
          const std::stop_token& stop, bool& timed_out) {
  std::array<pollfd, 2> watched{pollfd{output.read_end(), POLLIN, 0}, pollfd{errors.read_end(), POLLIN, 0}};
  std::array<char, 16 * 1024> buffer{};
  const auto open = [&watched] { return watched[0].fd >= 0 || watched[1].fd >= 0; };
  // A child may close its pipes and stay, or leave others behind that hold them.
  while (!child.has_ended() || (open() && !timed_out)) {
    if (stop.stop_requested()) throw ports::Stopped();
    if (Clock::now() >= deadline && !timed_out) {
      timed_out = true;
      child.kill();
    }
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

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                      const ChildLimits& limits, const std::stop_token& stop,
                      const std::function<void(std::string_view)>& on_line) {
  std::vector<char*> raw;
  for (const auto& argument : arguments)
    raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const auto working_folder = folder.string();
  Pipe output;
  Pipe errors;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) base::throw_errno("fork");
  if (pid == 0) {
    become_child(raw.data(), working_folder.c_str(), limits, output.write_end(), errors.write_end(), parent);
  }
  Child child(pid);
  output.close(1);
  errors.close(1);
  ChildResult result;
  Output sink(result, on_line);
  pump(output, errors, sink, Clock::now() + limits.wall, child, stop, result.timed_out);
  const int status = child.finish();
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (result.exit_code == kNotStarted) {
    throw base::Unavailable("transcoder_missing",
                            arguments.front() + " could not be started; is the package ffmpeg installed?",
                            std::chrono::seconds(30));
  }
  return result;
}

}  // namespace luot::ffmpeg
