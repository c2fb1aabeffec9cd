// What reaches the system of a write-ahead log, and when.
#include "adapters/sqlite/log_file.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace luot::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A file in memory that notes its calls.
struct Below {
  sqlite3_file base{};
  std::string bytes;
  std::vector<std::string> calls;
  int write_error = SQLITE_OK;

  static Below& of(sqlite3_file* file) { return *reinterpret_cast<Below*>(file); }
  void note(const char* call, sqlite3_int64 offset, sqlite3_int64 count) {
    calls.push_back(std::string(call) + " " + std::to_string(offset) + "+" + std::to_string(count));
  }

  static int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    auto& self = of(file);
    self.note("read", offset, count);
    std::memcpy(bytes, self.bytes.data() + offset, static_cast<std::size_t>(count));
    return SQLITE_OK;
  }
  static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    auto& self = of(file);
    self.note("write", offset, count);
    if (self.write_error != SQLITE_OK) return self.write_error;
    const auto end = static_cast<std::size_t>(offset + count);
    if (self.bytes.size() < end) self.bytes.resize(end);
    std::memcpy(self.bytes.data() + offset, bytes, static_cast<std::size_t>(count));
    return SQLITE_OK;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    of(file).note("truncate", 0, size);
    of(file).bytes.resize(static_cast<std::size_t>(size));
    return SQLITE_OK;
  }
  static int sync(sqlite3_file* file, int /*flags*/) {
    of(file).calls.emplace_back("sync");
    return SQLITE_OK;
  }
  static int size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(of(file).bytes.size());
    return SQLITE_OK;
  }
};

class GatheredLogTest : public ::testing::Test {
 protected:
  GatheredLogTest() {
    static const sqlite3_io_methods kMethods = [] {
      sqlite3_io_methods methods{};
      methods.xRead = Below::read;
      methods.xWrite = Below::write;
      methods.xTruncate = Below::truncate;
      methods.xSync = Below::sync;
      methods.xFileSize = Below::size;
      return methods;
    }();
    below_.base.pMethods = &kMethods;
  }

  int write(std::string_view bytes, sqlite3_int64 offset) {
    return log_.write(bytes.data(), static_cast<int>(bytes.size()), offset);
  }
  // What is read, or its error.
  std::string read(std::size_t count, sqlite3_int64 offset) {
    std::string bytes(count, '\0');
    const int code = log_.read(bytes.data(), static_cast<int>(count), offset);
    return code == SQLITE_OK ? bytes : std::to_string(code);
  }
  int sync() { return log_.sync(SQLITE_SYNC_NORMAL); }

  Below below_;
  GatheredLog log_{&below_.base};
};

TEST_F(GatheredLogTest, WritesTogetherWhatIsAdjacentAndBeforeItSyncs) {
  EXPECT_EQ(write("head", 0), SQLITE_OK);
  EXPECT_EQ(write("page", 4), SQLITE_OK);
  EXPECT_THAT(below_.calls, IsEmpty());
  EXPECT_EQ(sync(), SQLITE_OK);
  EXPECT_THAT(below_.calls, ElementsAre("write 0+8", "sync"));
  EXPECT_EQ(below_.bytes, "headpage");
  EXPECT_EQ(sync(), SQLITE_OK);
  EXPECT_THAT(below_.calls, ElementsAre("write 0+8", "sync", "sync"));
}

TEST_F(GatheredLogTest, WritesInOrderWhatIsNotAdjacent) {
  write("aaaa", 0);
  write("bb", 1);
  write("cc", 3);
  write("d", 0);
  EXPECT_EQ(sync(), SQLITE_OK);
  EXPECT_THAT(below_.calls, ElementsAre("write 0+4", "write 1+4", "write 0+1", "sync"));
  EXPECT_EQ(below_.bytes, "dbbcc");
}

TEST_F(GatheredLogTest, ReadsBackWhatIsGathered) {
  write("committed", 0);
  sync();
  write("spilled", 9);
  EXPECT_EQ(read(9, 0), "committed");
  EXPECT_THAT(below_.calls, ElementsAre("write 0+9", "sync", "read 0+9")) << "it does not need the rest";
  EXPECT_EQ(read(4, 8), "dspi");
  EXPECT_THAT(below_.calls, ElementsAre("write 0+9", "sync", "read 0+9", "write 9+7", "read 8+4"));
}

TEST_F(GatheredLogTest, KnowsItsSizeAndCanBeCut) {
  write("0123456789", 0);
  sqlite3_int64 size = 0;
  EXPECT_EQ(log_.size(&size), SQLITE_OK);
  EXPECT_EQ(size, 10);
  write("abc", 10);
  EXPECT_EQ(log_.truncate(11), SQLITE_OK);
  EXPECT_EQ(below_.bytes, "0123456789a");
}

TEST_F(GatheredLogTest, KeepsABoundedAmountAndNoWriteIsLongerThanSqliteCanMake) {
  const std::string page(4096, 'p');
  for (sqlite3_int64 i = 0; i < 100; ++i)
    write(page, i * 4096);
  sync();
  EXPECT_EQ(below_.bytes, std::string(100 * 4096, 'p'));
  EXPECT_THAT(below_.calls, ElementsAre("write 0+122880", "write 122880+122880", "write 245760+122880",
                                        "write 368640+40960", "sync"));
}

TEST_F(GatheredLogTest, AFailedWriteIsToldByTheSyncAndLeavesNothingBehind) {
  for (const int error : {SQLITE_FULL, static_cast<int>(SQLITE_IOERR_WRITE)}) {
    below_.bytes.clear();
    write("committed", 0);
    sync();
    below_.write_error = error;
    write("commit", 9);
    EXPECT_EQ(sync(), error);
    below_.write_error = SQLITE_OK;
    EXPECT_EQ(below_.calls.back(), "write 9+6") << "and nothing was synced";
    log_.forget();
    write("next", 9);
    EXPECT_EQ(sync(), SQLITE_OK);
    EXPECT_EQ(below_.bytes, "committednext");
  }
}

// Whoever is told first may let the transaction go on: a statement of it is undone, no more.
TEST_F(GatheredLogTest, AfterAFailedWriteTheTransactionCannotBeCommitted) {
  write("committed", 0);
  sync();
  write("spilled", 9);
  below_.write_error = SQLITE_FULL;
  EXPECT_EQ(read(7, 9), std::to_string(SQLITE_FULL));
  below_.write_error = SQLITE_OK;
  const auto calls = below_.calls.size();
  EXPECT_EQ(write("commit", 16), SQLITE_FULL);
  EXPECT_EQ(read(1, 16), std::to_string(SQLITE_FULL));
  EXPECT_EQ(sync(), SQLITE_FULL);
  EXPECT_EQ(below_.calls.size(), calls) << "nothing is done";
  EXPECT_EQ(read(9, 0), "committed") << "which is all that undoing it needs";
}

TEST_F(GatheredLogTest, WhatATransactionLeftThatWasUndoneIsNotWritten) {
  write("spilled", 0);
  log_.forget();
  write("next", 0);
  sync();
  EXPECT_THAT(below_.calls, ElementsAre("write 0+4", "sync"));
}

}  // namespace
}  // namespace luot::sqlite
