// What units that share a commit are told when the disk fails in the middle of it. A VFS below SQLite makes the faults.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "adapters/sqlite/sqlite_database.hpp"
#include "base/result.hpp"

namespace luot::sqlite {
namespace {

namespace fs = std::filesystem;
using ports::Sql;
using ports::Statement;
using ports::unit;

constexpr Sql kInsertUser{"insert", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $2, $3, now()))"};
constexpr Sql kSelectUsers{"select", "select id from users"};

// The faults of the disk below the write-ahead log and the database's file, and what was done to them.
struct Disk {
  std::atomic<sqlite3_int64> log_end{INT64_MAX};  // the log cannot grow beyond
  std::atomic<int> write_error{SQLITE_FULL};      // and this is what is told then
  std::atomic<int> log_syncs_to_pass{0};          // before others
  std::atomic<int> log_syncs_to_fail{0};
  std::atomic<int> file_syncs_to_fail{0};
  std::atomic<int> log_opened{0};
  std::atomic<int> file_writes{0};
  std::atomic<int> refused_locks{0};

  void recover() {
    log_end = INT64_MAX;
    log_syncs_to_pass = log_syncs_to_fail = file_syncs_to_fail = 0;
  }
};
Disk disk;

// SQLite's own file, which lies behind this one in memory, with its methods exchanged for ours.
struct FaultyFile {
  sqlite3_file base{};
  bool is_log = false;
};

FaultyFile* faulty(sqlite3_file* file) {
  return reinterpret_cast<FaultyFile*>(file);
}

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(faulty(file) + 1);
}

bool takes_one(std::atomic<int>& count) {
  return count > 0 && count.fetch_sub(1) > 0;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  if (faulty(file)->is_log && offset + count > disk.log_end) return disk.write_error;
  if (!faulty(file)->is_log) ++disk.file_writes;
  return real(file)->pMethods->xWrite(real(file), bytes, count, offset);
}

int sync(sqlite3_file* file, int flags) {
  const bool is_log = faulty(file)->is_log;
  const bool passes = is_log && takes_one(disk.log_syncs_to_pass);
  if (!passes && takes_one(is_log ? disk.log_syncs_to_fail : disk.file_syncs_to_fail)) return SQLITE_IOERR_FSYNC;
  return real(file)->pMethods->xSync(real(file), flags);
}

int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  const int code = real(file)->pMethods->xShmLock(real(file), offset, count, flags);
  if (code == SQLITE_BUSY) ++disk.refused_locks;
  return code;
}

// Everything else goes through as it is.
template <auto Method, typename... Args>
auto pass(sqlite3_file* file, Args... args) {
  return (real(file)->pMethods->*Method)(real(file), args...);
}

using Methods = sqlite3_io_methods;
const Methods kMethods = {
    .iVersion = 2,
    .xClose = pass<&Methods::xClose>,
    .xRead = pass<&Methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = write,
    .xTruncate = pass<&Methods::xTruncate, sqlite3_int64>,
    .xSync = sync,
    .xFileSize = pass<&Methods::xFileSize, sqlite3_int64*>,
    .xLock = pass<&Methods::xLock, int>,
    .xUnlock = pass<&Methods::xUnlock, int>,
    .xCheckReservedLock = pass<&Methods::xCheckReservedLock, int*>,
    .xFileControl = pass<&Methods::xFileControl, int, void*>,
    .xSectorSize = pass<&Methods::xSectorSize>,
    .xDeviceCharacteristics = pass<&Methods::xDeviceCharacteristics>,
    .xShmMap = pass<&Methods::xShmMap, int, int, int, void volatile**>,
    .xShmLock = shm_lock,
    .xShmBarrier = pass<&Methods::xShmBarrier>,
    .xShmUnmap = pass<&Methods::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* below = static_cast<sqlite3_vfs*>(vfs->pAppData);
  *faulty(file) = FaultyFile{};
  faulty(file)->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  if (faulty(file)->is_log) ++disk.log_opened;
  const int code = below->xOpen(below, name, real(file), flags, out_flags);
  if (real(file)->pMethods != nullptr) file->pMethods = &kMethods;
  return code;
}

// Another process that writes: meanwhile Luot's writer waits, and units gather behind it.
class OtherWriter {
 public:
  explicit OtherWriter(const fs::path& file) {
    sqlite3_open(file.c_str(), &handle_);
    sqlite3_exec(handle_, "begin immediate", nullptr, nullptr, nullptr);
  }
  ~OtherWriter() { sqlite3_close(handle_); }
  OtherWriter(const OtherWriter&) = delete;
  OtherWriter& operator=(const OtherWriter&) = delete;

 private:
  sqlite3* handle_ = nullptr;
};

struct NewUser {
  int id;
  std::size_t size = 1;
};

using Refused = std::map<int, std::string>;  // user -> code

base::Task<void> write_one(SqliteDatabase& database, NewUser user, Refused* refused) {
  try {
    auto statements =
        unit(Statement(kInsertUser, user.id, "user" + std::to_string(user.id), std::string(user.size, 'x')));
    const auto outcome = co_await database.atomically(std::move(statements));
    EXPECT_TRUE(outcome.done());
  } catch (const base::Unavailable& e) {
    (*refused)[user.id] = e.code();
  }
}

base::Task<void> read_all(SqliteDatabase& database, std::set<std::int64_t>* ids) {
  const auto rows = co_await database.read(Statement(kSelectUsers));
  for (const auto& row : rows.rows)
    ids->insert(row.integer(0));
}

class SqliteFaults : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto* below = sqlite3_vfs_find(nullptr);
    vfs_ = *below;
    vfs_.zName = "faulty";
    vfs_.szOsFile = static_cast<int>(sizeof(FaultyFile)) + below->szOsFile;
    vfs_.pAppData = below;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  static void TearDownTestSuite() { sqlite3_vfs_unregister(&vfs_); }

  SqliteFaults() {
    disk.recover();
    fs::create_directory(folder_);
    database_ = std::make_unique<SqliteDatabase>(folder_ / "luot.db", 2);
    database_->migrate();
  }
  ~SqliteFaults() override {
    database_.reset();
    fs::remove_all(folder_);
  }

  // Writes the users in one shared commit; the disk is as `fail` makes it by then.
  Refused write_together(
      const std::vector<NewUser>& users, const std::function<void()>& fail = [] {}) {
    Refused refused;
    Refused none;
    {
      const OtherWriter other(folder_ / "luot.db");
      const int before = disk.refused_locks;
      spawn(write_one(*database_, {++blockers_}, &none));
      while (disk.refused_locks == before)
        std::this_thread::yield();
      for (const auto& user : users)
        spawn(write_one(*database_, user, &refused));
      fail();
    }
    finish();
    EXPECT_TRUE(none.empty()) << "it was in a commit of its own";
    return refused;
  }

  Refused write(NewUser user) {
    Refused refused;
    spawn(write_one(*database_, user, &refused));
    finish();
    return refused;
  }

  // Ids, without those that only held the writer up.
  std::set<std::int64_t> stored() {
    std::set<std::int64_t> ids;
    spawn(read_all(*database_, &ids));
    finish();
    std::erase_if(ids, [](auto id) { return id > kFirstBlocker; });
    return ids;
  }

  void reopen() {
    database_.reset();
    database_ = std::make_unique<SqliteDatabase>(folder_ / "luot.db", 2);
  }

 private:
  void spawn(base::Task<void> task) {
    ++running_;
    base::asio::co_spawn(context_, std::move(task), [this](const std::exception_ptr& fault) {
      --running_;
      EXPECT_FALSE(fault);
    });
    context_.restart();
    context_.poll();
  }

  void finish() {
    const auto guard = base::asio::make_work_guard(context_);
    context_.restart();
    while (running_ > 0)
      context_.run_one();
  }

  static constexpr int kFirstBlocker = 1000;
  static inline sqlite3_vfs vfs_;
  const fs::path folder_ = fs::temp_directory_path() / ("luot-test-" + base::random_name());
  base::asio::io_context context_{1};
  int running_ = 0;
  int blockers_ = kFirstBlocker;
  std::unique_ptr<SqliteDatabase> database_;
};

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::size_t kMoreThanTheCache = 18 << 20;  // so that it is written before the commit, amid the batch
constexpr int kLogEnd = 2 << 20;
const std::vector<NewUser> kBatch{{1}, {2, kMoreThanTheCache}, {3}};

TEST_F(SqliteFaults, AFullDiskAmidABatchUndoesAllOfItAndSaysSo) {
  disk.log_end = kLogEnd;
  disk.write_error = SQLITE_FULL;
  EXPECT_THAT(write_together(kBatch),
              ElementsAre(Pair(1, "storage_full"), Pair(2, "storage_full"), Pair(3, "storage_full")));
  EXPECT_THAT(stored(), IsEmpty());
  EXPECT_THAT(write({4}), IsEmpty()) << "what still fits is written";
  disk.recover();
  EXPECT_THAT(write_together(kBatch), IsEmpty());
  EXPECT_THAT(stored(), ElementsAre(1, 2, 3, 4));
}

TEST_F(SqliteFaults, AnIoErrorAmidABatchUndoesAllOfItAndSaysSo) {
  disk.log_end = kLogEnd;
  disk.write_error = SQLITE_IOERR_WRITE;
  EXPECT_THAT(write_together(kBatch),
              ElementsAre(Pair(1, "unavailable"), Pair(2, "unavailable"), Pair(3, "unavailable")));
  EXPECT_THAT(stored(), IsEmpty());
  disk.recover();
  EXPECT_THAT(write_together(kBatch), IsEmpty());
  EXPECT_THAT(stored(), ElementsAre(1, 2, 3));
}

// docs/decisions/0009 says why nobody trusts the connection then, and why the batch may turn up after all.
TEST_F(SqliteFaults, AFailedSyncIsAcknowledgedToNobodyAndTheConnectionsAreMadeAnew) {
  EXPECT_THAT(write({4}), IsEmpty());
  const int opened = disk.log_opened;
  const auto refused = write_together({{1}, {2}, {3}}, [] {
    disk.log_syncs_to_pass = 1;  // of the one that holds the writer up
    disk.log_syncs_to_fail = 1;
  });
  EXPECT_THAT(refused, ElementsAre(Pair(1, "unavailable"), Pair(2, "unavailable"), Pair(3, "unavailable")));
  EXPECT_THAT(write({5}), IsEmpty());
  EXPECT_GT(disk.log_opened, opened);
  const auto all = stored();
  EXPECT_THAT(all, AnyOf(ElementsAre(4, 5), ElementsAre(1, 2, 3, 4, 5)));
  reopen();
  EXPECT_EQ(stored(), all);
}

TEST_F(SqliteFaults, WhileSyncsFailWritesAreRefusedAndReadsAreNot) {
  EXPECT_THAT(write({1}), IsEmpty());
  disk.log_syncs_to_fail = 1;
  EXPECT_THAT(write({2}), ElementsAre(Pair(2, "unavailable")));
  EXPECT_THAT(stored(), AnyOf(ElementsAre(1), ElementsAre(1, 2)));
  disk.log_syncs_to_fail = 1;
  EXPECT_THAT(write({3}), ElementsAre(Pair(3, "unavailable"))) << "on the connection made anew";
  EXPECT_THAT(write({4}), IsEmpty());
}

TEST_F(SqliteFaults, AFailedCheckpointHarmsNobodyAndIsDoneOnceMore) {
  const int opened = disk.log_opened;
  const int before = disk.file_writes;
  disk.file_syncs_to_fail = 1;
  EXPECT_THAT(write({1, kMoreThanTheCache}), IsEmpty()) << "the log holds it";
  EXPECT_THAT(write({2}), IsEmpty());
  EXPECT_GT(disk.log_opened, opened);
  reopen();  // waits for the checkpoint after the last write
  EXPECT_GT(disk.file_writes - before, 2 * static_cast<int>(kMoreThanTheCache / 4096));
  EXPECT_THAT(stored(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace luot::sqlite
