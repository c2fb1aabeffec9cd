// What every ObjectStore adapter promises. A new adapter joins by adding its factory at the end.
#include <gmock/gmock.h>

#include <filesystem>

#include "adapters/localdir/localdir_object_store.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "test_loop.hpp"

namespace luot::contract {
namespace {

namespace fs = std::filesystem;

// A store with its folder and threads.
class LocalDirFixture {
 public:
  ports::ObjectStore& store() { return store_; }

 private:
  struct Folder {
    fs::path path = fs::temp_directory_path() / ("luot-test-" + base::random_name());
    Folder() { fs::create_directory(path); }
    ~Folder() { fs::remove_all(path); }
  } folder_;
  base::BlockingPool files_{"files", 2, 100};
  localdir::LocalDirObjectStore store_{folder_.path / "media", "http://localhost", base::SigningKeys("key"), files_};
};

template <typename Fixture>
class ObjectStoreContract : public ::testing::Test {
 protected:
  ObjectStoreContract() { fs::create_directory(scratch_); }
  ~ObjectStoreContract() override { fs::remove_all(scratch_); }

  void put(const std::string& key, const std::string& text) {
    const auto file = scratch_ / base::random_name();
    base::replace_file_durably(file, text);
    loop_.run(store_.upload(file, key, "text/plain"));
    fs::remove(file);
  }
  std::optional<std::string> get(const std::string& key) {
    if (!loop_.run(store_.head(key))) return std::nullopt;
    const auto file = scratch_ / base::random_name();
    loop_.run(store_.download(key, file));
    return base::read_file(file);
  }

  TestLoop loop_;  // first: it goes last
  Fixture fixture_;
  ports::ObjectStore& store_ = fixture_.store();
  fs::path scratch_ = fs::temp_directory_path() / ("luot-test-" + base::random_name());
};

using Adapters = ::testing::Types<LocalDirFixture>;
TYPED_TEST_SUITE(ObjectStoreContract, Adapters);

TYPED_TEST(ObjectStoreContract, KeepsWhatIsUploadedAndReplacesIt) {
  EXPECT_EQ(this->get("a/b/c.txt"), std::nullopt);
  this->put("a/b/c.txt", "first");
  EXPECT_EQ(this->get("a/b/c.txt"), "first");
  this->put("a/b/c.txt", "second!");
  EXPECT_EQ(this->get("a/b/c.txt"), "second!");
  EXPECT_EQ(this->loop_.run(this->store_.head("a/b/c.txt"))->size, 7U);
}

TYPED_TEST(ObjectStoreContract, ACopyDoesNotFollowItsOriginal) {
  this->put("uploads/x", "as it was");
  EXPECT_TRUE(this->loop_.run(this->store_.copy("uploads/x", "originals/x")));
  this->put("uploads/x", "changed later");
  EXPECT_EQ(this->get("originals/x"), "as it was");
  EXPECT_TRUE(this->loop_.run(this->store_.copy("uploads/x", "originals/x")));
  EXPECT_EQ(this->get("originals/x"), "changed later");
}

TYPED_TEST(ObjectStoreContract, CopyingTheSameTwiceIsHarmless) {
  this->put("uploads/x", "text");
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(this->loop_.run(this->store_.copy("uploads/x", "originals/x")));
  EXPECT_EQ(this->get("uploads/x"), "text");
  EXPECT_EQ(this->get("originals/x"), "text");
}

TYPED_TEST(ObjectStoreContract, CopyTellsWhenThereIsNothing) {
  EXPECT_FALSE(this->loop_.run(this->store_.copy("uploads/none", "originals/none")));
  EXPECT_EQ(this->get("originals/none"), std::nullopt);
}

TYPED_TEST(ObjectStoreContract, RemovesOneOrAllBelowAPrefix) {
  for (const auto* key : {"v/1/r1/a", "v/1/r1/b", "v/1/r10/a", "v/2/r1/a"})
    this->put(key, "x");
  this->loop_.run(this->store_.remove("v/2/r1/a"));
  this->loop_.run(this->store_.remove("v/2/r1/a"));  // gone already: no error
  this->loop_.run(this->store_.remove_prefix("v/1/r1/"));
  this->loop_.run(this->store_.remove_prefix("v/9/"));
  EXPECT_EQ(this->get("v/2/r1/a"), std::nullopt);
  EXPECT_EQ(this->get("v/1/r1/a"), std::nullopt);
  EXPECT_EQ(this->get("v/1/r10/a"), "x") << "a prefix ends at its slash";
}

TYPED_TEST(ObjectStoreContract, ListsWhatIsBelowAPrefix) {
  for (const auto* key : {"v/1/r1/b", "v/1/r1/a", "v/1/r10/a", "v/1/r1/c/d"})
    this->put(key, "x");
  EXPECT_THAT(this->loop_.run(this->store_.list("v/1/r1/")),
              ::testing::ElementsAre("v/1/r1/a", "v/1/r1/b", "v/1/r1/c/d"));
  EXPECT_THAT(this->loop_.run(this->store_.list("v/7/")), ::testing::IsEmpty());
}

TEST(LocalDirKeys, CannotClimbOrHide) {
  for (const auto* key : {"", "/", "a//b", "../a", "a/../b", "a/./b", "a/.hidden", ".incoming/x", "a b", "a\\b", "/a",
                          "a/", "\xc3\xa9"}) {
    EXPECT_FALSE(localdir::is_valid_key(key)) << key;
  }
  EXPECT_TRUE(localdir::is_valid_key("videos/0SyjWRhmDHN/rG37nfGRXA9O/720p.mp4"));
}

}  // namespace
}  // namespace luot::contract
