#include "adapters/ffmpeg/child_process.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "base/result.hpp"
#include "ports/media_tool.hpp"

namespace luot::ffmpeg {
namespace {

const Confinement kFree{.sandboxed = false, .outputs = {}};

ChildResult shell(const std::string& script, ChildLimits limits = {}, std::stop_token stop = {}) {
  return run_child({"sh", "-c", script}, "/tmp", limits, stop, {}, kFree);
}

TEST(Child, GivesOutputErrorsAndExitCode) {
  const auto result = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST(Child, SeesNoEnvironmentAndNoDescriptors) {
  EXPECT_THAT(shell("env").output, ::testing::Not(::testing::HasSubstr("HOME=")));
  EXPECT_EQ(shell("ls /proc/self/fd | wc -l").output, "4\n");  // 0, 1, 2 and that of ls itself
}

TEST(Child, IsEndedWithAllItsChildrenWhenLate) {
  ChildLimits limits;
  limits.wall = std::chrono::seconds(1);
  const auto started = std::chrono::steady_clock::now();
  const auto result = shell("sleep 100 & sleep 100", limits);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST(Child, IsEndedAfterItsCpuTime) {
  ChildLimits limits;
  limits.cpu = std::chrono::seconds(1);
  const auto result = shell("while :; do :; done", limits);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
}

TEST(Child, CannotHideFromItsDeadlineByClosingItsPipes) {
  ChildLimits limits;
  limits.wall = std::chrono::seconds(1);
  EXPECT_TRUE(shell("exec >/dev/null 2>&1; sleep 100", limits).timed_out);
}

TEST(Child, StopsOnRequest) {
  std::stop_source source;
  std::jthread stopper([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  EXPECT_THROW(shell("sleep 100", {}, source.get_token()), ports::Stopped);
}

TEST(Child, CannotWriteMoreThanItsLimit) {
  ChildLimits limits;
  limits.file_size = 1024 * 1024;
  const auto result = shell("f=$(mktemp) && head -c 4000000 /dev/zero > $f; s=$?; wc -c < $f; rm $f; exit $s", limits);
  EXPECT_EQ(result.output, "1048576\n");
  EXPECT_NE(result.exit_code, 0);
}

TEST(Child, KeepsTheEndOfLongErrors) {
  const auto result = shell("head -c 100000 /dev/zero | tr '\\0' x >&2; echo last >&2");
  EXPECT_LE(result.errors.size(), 4096U);
  EXPECT_THAT(result.errors, ::testing::EndsWith("last\n"));
}

TEST(Child, IsEndedWhereItsFolderGrowsTooMuch) {
  std::string folder = ::testing::TempDir() + "luot-child-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  ChildLimits limits;
  limits.folder_growth = 4 * 1024 * 1024;
  const auto result =
      run_child({"sh", "-c", "for n in 1 2 3 4 5 6; do head -c 1000000 /dev/urandom > $n; done; sync; sleep 100"},
                folder, limits, {}, {}, kFree);
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(result.outgrew);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
}

TEST(Child, MissingProgramIsUnavailable) {
  EXPECT_THROW(run_child({"no-such-program-luot"}, "/tmp", {}, {}), base::Unavailable);
}

}  // namespace
}  // namespace luot::ffmpeg
