#include "adapters/ffmpeg/sandbox.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/ffmpeg/system_calls.hpp"
#include "base/file.hpp"

namespace luot::ffmpeg {
namespace {

namespace fs = std::filesystem;

// Of linux/landlock.h, in versions that Debian 12's headers do not have yet.
struct RulesetAttributes {
  std::uint64_t files;
  std::uint64_t network;  // from version 4
  std::uint64_t scopes;   // from version 6
};
constexpr std::uint64_t kTruncate = 1ULL << 14;     // from version 3
constexpr std::uint64_t kDeviceIoctl = 1ULL << 15;  // from version 5
constexpr std::uint64_t kTcp = 0b11;                // bind and connect
constexpr std::uint64_t kScopes = 0b11;             // abstract sockets, signals

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kReadTree = kRead | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kRun = kRead | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kRunTree = kReadTree | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;

struct SystemPath {
  const char* path;
  std::uint64_t rights;
};
// What a program of the system needs to start: loader, libraries, the number of cores.
constexpr SystemPath kSystem[] = {
    {"/bin", kRunTree},
    {"/lib", kRunTree},
    {"/lib64", kRunTree},
    {"/usr/bin", kRunTree},
    {"/usr/lib", kRunTree},
    {"/usr/lib64", kRunTree},
    {"/usr/local/bin", kRunTree},
    {"/usr/local/lib", kRunTree},
    {"/etc/ld.so.cache", kRead},
    {"/dev/null", kRead | LANDLOCK_ACCESS_FS_WRITE_FILE},
    {"/dev/urandom", kRead},
    {"/sys/devices/system/cpu", kReadTree},
    {"/sys/devices/system/node", kReadTree},
};

// Everything that this version can refuse.
RulesetAttributes all_of(int version) {
  std::uint64_t files = (1ULL << 13) - 1;
  if (version >= 2) files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) files |= kTruncate;
  if (version >= 5) files |= kDeviceIoctl;
  return {files, version >= 4 ? kTcp : 0, version >= 6 ? kScopes : 0};
}

std::size_t attributes_size(int version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
}

class Ruleset {
 public:
  explicit Ruleset(int version) : handled_(all_of(version)) {
    fd_ = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled_, attributes_size(version), 0));
    if (fd_ < 0) base::throw_errno("landlock_create_ruleset");
  }
  ~Ruleset() {
    if (fd_ >= 0) ::close(fd_);
  }
  Ruleset(const Ruleset&) = delete;
  Ruleset& operator=(const Ruleset&) = delete;

  // What is not there needs no rule.
  void allow(const fs::path& path, std::uint64_t rights) const {
    const int place = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (place < 0) return;
    const landlock_path_beneath_attr rule{rights & handled_.files, place};
    const auto added = ::syscall(SYS_landlock_add_rule, fd_, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    const int error = errno;
    ::close(place);
    errno = error;
    if (added != 0) base::throw_errno("landlock_add_rule " + path.string());
  }

  int release() { return std::exchange(fd_, -1); }

 private:
  RulesetAttributes handled_;
  int fd_ = -1;
};

int landlock_version() {
  const auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool has_seccomp() {
  std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

// A server that runs as root needs not be root's tool: what is left is to reach its own files in others' folders.
void drop_capabilities() {
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (capability == CAP_DAC_OVERRIDE || capability == CAP_DAC_READ_SEARCH) continue;
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);  // refused where there is nothing to drop
  }
}

}  // namespace

SandboxParts sandbox_parts() {
  return {landlock_version(), has_seccomp()};
}

Sandbox::Sandbox(const SandboxParts& parts, const fs::path& program, const fs::path& folder,
                 const std::vector<fs::path>& outputs) {
  if (parts.seccomp) {
    auto calls = allowed_system_calls();
    filter_ = std::move(calls.filter);
    own_pid_ = calls.own_pid;
  }
  if (parts.landlock == 0) return;
  Ruleset rules(parts.landlock);
  for (const auto& [path, rights] : kSystem)
    rules.allow(path, rights);
  rules.allow(program, kRun);
  if (!folder.empty()) rules.allow(folder, kReadTree);
  for (const auto& output : outputs)
    rules.allow(output, kWrite);
  ruleset_ = rules.release();
}

Sandbox::Sandbox(Sandbox&& other) noexcept
    : ruleset_(std::exchange(other.ruleset_, -1)), filter_(std::move(other.filter_)), own_pid_(other.own_pid_) {
}

Sandbox::~Sandbox() {
  if (ruleset_ >= 0) ::close(ruleset_);
}

bool Sandbox::close_files() const {
  drop_capabilities();
  return ruleset_ < 0 || ::syscall(SYS_landlock_restrict_self, ruleset_, 0) == 0;
}

bool Sandbox::close_kernel() {
  if (filter_.empty()) return true;
  filter_[own_pid_].k = static_cast<std::uint32_t>(::getpid());
  const sock_fprog program{static_cast<unsigned short>(filter_.size()), filter_.data()};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace luot::ffmpeg
