#include "adapters/ffmpeg/system_calls.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <initializer_list>

namespace luot::ffmpeg {
namespace {

static_assert(std::endian::native == std::endian::little, "where the low half of an argument lies");

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "name the architecture, and try the filter on it"
#endif

// Of ffmpeg 5.1 with x264, x265 and what they link (strace), of glibc 2.36's other ways to the same, and of its loader.
constexpr std::uint32_t kAllowed[] = {
    // files: which ones is Landlock's business
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_preadv,
    SYS_pwritev,
    SYS_lseek,
    SYS_openat,
    SYS_close,
    SYS_close_range,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fsync,
    SYS_fdatasync,
    SYS_fadvise64,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    SYS_umask,
    // memory
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_mlock,
    SYS_munlock,
    SYS_get_mempolicy,
    SYS_set_mempolicy,
    SYS_mbind,
    // threads
    SYS_futex,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_rseq,
    SYS_set_tid_address,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_membarrier,
    SYS_getcpu,
    // signals, time, and who one is
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_times,
    SYS_getrusage,
    SYS_uname,
    SYS_sysinfo,
    SYS_getrandom,
    SYS_ppoll,
    SYS_pselect6,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getpriority,
    SYS_wait4,
    // to become the program: a filter cannot be set later
    SYS_execve,
#if defined(__x86_64__)
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_dup2,
    SYS_pipe,
    SYS_poll,
    SYS_select,
    SYS_time,
    SYS_getrlimit,
    SYS_arch_prctl,
#endif
};

class Assembler {
 public:
  void answer(std::uint32_t verdict) { add(BPF_RET | BPF_K, verdict); }
  void refuse(std::uint32_t error) { answer(SECCOMP_RET_ERRNO | error); }
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
  void skip_if_equal(std::uint32_t value) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0); }

  // Each of the following decides about one value of what was loaded, and leaves the others to what comes after it.
  void allow(std::uint32_t value) {
    only_if_equal(value, 1);
    answer(SECCOMP_RET_ALLOW);
  }
  void refuse(std::uint32_t value, std::uint32_t error) {
    only_if_equal(value, 1);
    refuse(error);
  }
  // Allowed where the argument has one of the values.
  void allow_where(std::uint32_t call, std::size_t argument, std::initializer_list<std::uint32_t> values,
                   std::uint32_t error) {
    only_if_equal(call, 2 + 2 * values.size());
    load_argument(argument);
    for (const auto value : values)
      allow(value);
    refuse(error);
  }
  void allow_where_any_bit(std::uint32_t call, std::size_t argument, std::uint32_t bits, std::uint32_t error) {
    only_if_equal(call, 4);
    load_argument(argument);
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    answer(SECCOMP_RET_ALLOW);
    refuse(error);
  }

  [[nodiscard]] std::size_t size() const { return filter_.size(); }
  std::vector<sock_filter> take() { return std::move(filter_); }

 private:
  void only_if_equal(std::uint32_t value, std::size_t length) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, static_cast<unsigned char>(length));
  }
  // All that are looked at are of type int, or have their flags there: the low half says it.
  void load_argument(std::size_t number) { load(offsetof(seccomp_data, args) + 8 * number); }
  void add(int code, std::uint32_t constant, unsigned char yes = 0, unsigned char no = 0) {
    filter_.push_back({static_cast<unsigned short>(code), yes, no, constant});
  }
  std::vector<sock_filter> filter_;
};

constexpr std::uint32_t kNameMemory = 0x53564d41;  // PR_SET_VMA, of newer C libraries

}  // namespace

SystemCalls allowed_system_calls() {
  Assembler code;
  code.load(offsetof(seccomp_data, arch));
  code.skip_if_equal(kArchitecture);
  code.answer(SECCOMP_RET_KILL_PROCESS);
  code.load(offsetof(seccomp_data, nr));
  for (const auto call : {SYS_socket, SYS_socketpair})
    code.refuse(call, EPERM);
  code.allow_where_any_bit(SYS_clone, 0, CLONE_THREAD, EPERM);
#if defined(__x86_64__)
  for (const auto call : {SYS_fork, SYS_vfork})
    code.refuse(call, EPERM);
#endif
  code.allow_where(SYS_ioctl, 1, {TCGETS}, ENOTTY);
  code.allow_where(SYS_fcntl, 1, {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL}, EPERM);
  code.allow_where(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, kNameMemory}, EINVAL);
  code.allow_where(SYS_prlimit64, 0, {0}, EPERM);  // its own limits only
  const auto own_pid = code.size() + 2;            // after the comparison of the number, and the load
  code.allow_where(SYS_tgkill, 0, {0}, EPERM);     // how abort() ends a program
  for (const auto call : kAllowed)
    code.allow(call);
  code.refuse(ENOSYS);
  return {code.take(), own_pid};
}

}  // namespace luot::ffmpeg
