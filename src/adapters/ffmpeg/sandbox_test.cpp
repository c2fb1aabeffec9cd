// The real ffmpeg in the sandbox, and a program there that tries what a hijacked one would.
#include "adapters/ffmpeg/sandbox.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "adapters/ffmpeg/child_process.hpp"
#include "base/file.hpp"

namespace luot::ffmpeg {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// What an attacker would want. Each line of output: a name, and "done" or the error. The numbers are those of
// asm/unistd.h that both architectures share.
constexpr const char* kAttack = R"(
import ctypes, errno, os, resource, signal, socket, sys
canary, worker, inner, output = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4].removeprefix("file:")
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
def attempt(name, action):
    try:
        action()
        print(name, "done")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
attempt("socket", lambda: socket.socket())
attempt("unix socket", lambda: socket.socket(socket.AF_UNIX))
attempt("socketpair", lambda: socket.socketpair())
attempt("io_uring", lambda: call(425, 1, ctypes.create_string_buffer(200)))
attempt("fork", os.fork)
attempt("kill", lambda: os.kill(worker, 0))
attempt("tgkill", lambda: call(131 if os.uname().machine == "aarch64" else 234, worker, worker, 0))
attempt("limits of another", lambda: resource.prlimit(worker, resource.RLIMIT_NOFILE))
attempt("new session", os.setsid)
attempt("death signal", lambda: (_ for _ in ()).throw(OSError(ctypes.get_errno(), "")) if libc.prctl(1, 0) else None)
attempt("memory of another", lambda: open(f"/proc/{worker}/mem", "rb"))
attempt("environment of another", lambda: open(f"/proc/{worker}/environ", "rb"))
attempt("canary", lambda: open(canary))
attempt("write canary", lambda: open(canary, "a"))
attempt("passwords", lambda: open("/etc/passwd"))
attempt("root folder", lambda: os.listdir("/"))
attempt("tmp", lambda: open("/tmp/luot-sandbox-escape", "w"))
attempt("new file beside", lambda: open(os.path.join(os.path.dirname(inner), "new"), "w"))
attempt("nameless file", lambda: os.open(os.path.dirname(inner), os.O_TMPFILE | os.O_WRONLY))
attempt("write source", lambda: open(inner, "a"))
attempt("remove source", lambda: os.unlink(inner))
attempt("read source", lambda: open(inner).read())
attempt("write output", lambda: open(output, "w").write("x"))
)";

constexpr const char* kRefused = R"(socket EPERM
unix socket EPERM
socketpair EPERM
io_uring ENOSYS
fork EPERM
kill ENOSYS
tgkill EPERM
limits of another EPERM
new session ENOSYS
death signal EINVAL
memory of another EACCES
environment of another EACCES
canary EACCES
write canary EACCES
passwords EACCES
root folder EACCES
tmp EACCES
new file beside EACCES
nameless file EACCES
write source EACCES
remove source ENOSYS
read source done
write output done
)";

class SandboxOfTheKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sandbox_parts().whole()) << "these tests need a kernel with Landlock and seccomp";
    std::string name = ::testing::TempDir() + "luot-sandbox-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directory(job());
    std::ofstream(folder_ / "canary") << "secret\n";
    std::ofstream(job() / "source") << "ffconcat version 1.0\nfile '" << (folder_ / "canary").string() << "'\n";
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path job() const { return folder_ / "job"; }
  // `outputs`: names in the job's folder.
  [[nodiscard]] ChildResult run(const std::vector<std::string>& arguments,
                                const std::vector<std::string>& outputs = {}) const {
    Confinement confinement;
    for (const auto& name : outputs)
      confinement.outputs.push_back(job() / name);
    return run_child(arguments, job(), {}, {}, {}, confinement);
  }
  // Of one second, in the job's folder.
  [[nodiscard]] ChildResult make_clip(const std::string& name) const {
    return run({"ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-f", "lavfi", "-i",
                "testsrc2=size=320x240:rate=25:duration=1", "-c:v", "libx264", "-threads", "4", "-f", "mp4",
                "file:" + (job() / name).string()},
               {name});
  }

  fs::path folder_;
};

TEST_F(SandboxOfTheKernel, RefusesWhatAHijackedProgramTries) {
  const auto result =
      run({"/usr/bin/python3", "-I", "-S", "-c", kAttack, (folder_ / "canary").string(), std::to_string(::getpid()),
           (job() / "source").string(), "file:" + (job() / "output").string()},
          {"output"});
  EXPECT_EQ(result.output, kRefused) << result.errors;
  EXPECT_EQ(base::read_file(folder_ / "canary"), "secret\n");
  EXPECT_EQ(base::read_file(job() / "output"), "x");
}

TEST_F(SandboxOfTheKernel, LetsFfmpegWork) {
  EXPECT_EQ(make_clip("a.mp4").errors, "");
  EXPECT_GT(fs::file_size(job() / "a.mp4"), 5'000U);
  const auto probed = run({"ffprobe", "-loglevel", "error", "-show_streams", "-i", (job() / "a.mp4").string()});
  EXPECT_THAT(probed.output, HasSubstr("codec_name=h264"));
}

// Without its own white-lists, which are a wall of their own.
TEST_F(SandboxOfTheKernel, HidesOtherFilesFromFfmpeg) {
  ASSERT_TRUE(make_clip("a.mp4").succeeded());
  fs::rename(job() / "a.mp4", folder_ / "canary");
  const std::vector<std::string> arguments{
      "ffprobe", "-loglevel", "error",         "-safe", "0",
      "-f",      "concat",    "-show_streams", "-i",    (job() / "source").string()};
  const auto seen = run_child(arguments, job(), {}, {}, {}, {.sandboxed = false, .outputs = {}});
  ASSERT_THAT(seen.output, HasSubstr("codec_name=h264")) << "it would be read: " << seen.errors;
  const auto confined = run(arguments);
  EXPECT_FALSE(confined.succeeded());
  EXPECT_THAT(confined.errors, HasSubstr("Permission denied"));
  EXPECT_EQ(confined.output.find("codec_name"), std::string::npos);
}

TEST_F(SandboxOfTheKernel, HidesTheNetworkFromFfmpeg) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 5), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const auto port = std::to_string(::ntohs(address.sin_port));
  for (const std::string scheme : {"http", "tcp", "rtmp", "udp"}) {
    EXPECT_FALSE(run({"ffprobe", "-loglevel", "error", "-i", scheme + "://127.0.0.1:" + port + "/x"}).succeeded());
  }
  EXPECT_EQ(::accept(listener, nullptr, nullptr), -1) << "somebody knocked";
  ::close(listener);
}

TEST_F(SandboxOfTheKernel, AbortEndsAProgram) {
  EXPECT_EQ(run({"/usr/bin/python3", "-I", "-S", "-c", "import os; os.abort()"}).signal, SIGABRT);
}

TEST_F(SandboxOfTheKernel, WorksInAnUnconfinedFolderOnlyWhereItHasOne) {
  EXPECT_THAT(run_child({"ffmpeg", "-hide_banner", "-version"}, {}, {}, {}).output, HasSubstr("libx264"));
  EXPECT_FALSE(run_child({"ffprobe", "-i", (job() / "source").string()}, {}, {}, {}).succeeded());
}

// What an older kernel has is the rest of it.
TEST_F(SandboxOfTheKernel, EachPartWorksWithoutTheOther) {
  for (const SandboxParts parts : {SandboxParts{0, true}, SandboxParts{1, false}, SandboxParts{3, true}}) {
    Sandbox sandbox(parts, "/usr/bin/ffmpeg", job(), {});
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      const bool in = sandbox.close_files() && sandbox.close_kernel();
      const bool hidden = ::open((folder_ / "canary").c_str(), O_RDONLY) < 0;
      const bool offline = ::socket(AF_INET, SOCK_STREAM, 0) < 0;
      ::_exit(in && hidden == (parts.landlock > 0) && offline == parts.seccomp ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << parts.landlock << parts.seccomp;
  }
}

}  // namespace
}  // namespace luot::ffmpeg
