#include <gmock/gmock.h>

#include <limits>

#include "base/crypto.hpp"
#include "base/cursor.hpp"
#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace luot::base {
namespace {

using ::testing::Optional;

TEST(Ids, RoundTripAndSortLikeTheirNumbers) {
  for (std::int64_t value : {std::int64_t{0}, std::int64_t{1}, std::int64_t{61}, std::int64_t{62}, INT64_MAX}) {
    EXPECT_THAT(decode_id(encode_id(value)), Optional(value));
  }
  EXPECT_LT(encode_id(61), encode_id(62));
  EXPECT_EQ(encode_id(0), "00000000000");
}

TEST(Ids, RefuseEverythingElse) {
  for (std::string_view text : {"", "0", "000000000000", "0000000000-", "zzzzzzzzzzz", "0000000000\xc3"}) {
    EXPECT_FALSE(decode_id(text)) << text;
  }
}

TEST(Ids, CarryTheirSecondInTheHighBits) {
  const Time now{std::chrono::seconds(1'704'067'200 + 77)};
  EXPECT_EQ(random_id(now) >> 32, 77);
  EXPECT_NE(random_id(now), random_id(now));
}

TEST(Encoding, Base64UrlIsStrict) {
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
  EXPECT_THAT(base64url_decode("-_8"), Optional(std::string("\xfb\xff")));
  for (std::string_view text : {"-_8=", "-_9", "-", "+/8", "-_ 8",
                                "-\xff"
                                "8",
                                "\x80w"})
    EXPECT_FALSE(base64url_decode(text)) << text;
}

TEST(Encoding, Base64IsPadded) {
  EXPECT_EQ(base64_encode("\xfb\xff"), "+/8=");
  EXPECT_EQ(base64_encode(""), "");
}

TEST(Crypto, Sha256OfPiecesIsThatOfTheWhole) {
  Sha256 digest;
  for (const auto* piece : {"", "a", "bc"})
    digest.add(piece);
  EXPECT_EQ(hex_encode(digest.finish()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Crypto, HmacMatchesRfc4231Case2) {
  EXPECT_EQ(hex_encode(HmacKey("Jefe").sign("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Crypto, HkdfMatchesRfc5869Case3) {  // no salt, no info: the first 32 bytes of OKM
  EXPECT_EQ(hex_encode(derive_key(std::string(22, '\x0b'), "")),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(Crypto, PasswordsVerifyOnlyThemselves) {
  const auto hash = hash_password("mật khẩu 123");
  EXPECT_THAT(hash, ::testing::StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_TRUE(verify_password("mật khẩu 123", hash));
  EXPECT_FALSE(verify_password("mật khẩu 124", hash));
}

TEST(Cursor, OpensOnlyInItsOwnContext) {
  const CursorSealer sealer{SigningKeys("key")};
  const auto cursor = sealer.seal("feed|new", "position");
  EXPECT_THAT(sealer.open("feed|new", cursor), Optional(std::string("position")));
  EXPECT_FALSE(sealer.open("feed|hot", cursor));
  EXPECT_FALSE(CursorSealer(SigningKeys("other")).open("feed|new", cursor));
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    auto forged = cursor;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.open("feed|new", forged)) << i;
  }
  EXPECT_FALSE(sealer.open("feed|new", ""));
  EXPECT_TRUE(CursorSealer(SigningKeys("newer", "key")).open("feed|new", cursor)) << "a rotated key is still accepted";
}

TEST(Text, CountsWhatPeopleCount) {
  EXPECT_EQ(count_characters("lướt"), 4U);
  EXPECT_EQ(count_characters("lu\u031bo\u031b\u0301t"), 4U);             // decomposed
  EXPECT_EQ(count_characters("👨‍👩‍👧‍👦🇻🇳"), 2U);  // a family and a flag
  EXPECT_EQ(count_characters(""), 0U);
}

TEST(Text, TrimsAndChecks) {
  EXPECT_EQ(trimmed(" \t\u00a0xin chào\u3000\n"), "xin chào");
  EXPECT_EQ(trimmed(" \u2003 "), "");
  EXPECT_TRUE(is_clean_utf8("chào"));
  EXPECT_FALSE(is_clean_utf8(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_clean_utf8("\xc3\x28"));
  EXPECT_FALSE(is_clean_utf8("\xed\xa0\x80"));  // a lone surrogate
}

TEST(TimeFormat, IsRfc3339AndHttpDate) {
  const Time time{std::chrono::microseconds(1'795'403'419'000'042)};
  EXPECT_EQ(format_rfc3339(time), "2026-11-23T03:10:19.000042Z");
  EXPECT_EQ(format_http_date(time), "Mon, 23 Nov 2026 03:10:19 GMT");
}

TEST(Files, RewritingChangesNothingAndMakesNothing) {
  const auto path = std::filesystem::temp_directory_path() / ("luot-test-" + random_name());
  rewrite_durably(path);
  EXPECT_FALSE(std::filesystem::exists(path));
  for (const std::size_t size : {0, 5, 1 << 20, (5 << 20) + 7}) {
    const auto bytes = random_bytes(size);
    replace_file_durably(path, bytes);
    rewrite_durably(path);
    EXPECT_EQ(read_file(path), bytes);
  }
  std::filesystem::remove(path);
}

TEST(Files, InMemoryHoldWhatTheyWereMadeOf) {
  const std::string bytes(100'000, 'x');
  const auto file = File::in_memory(bytes);
  ASSERT_TRUE(file);
  std::string read(bytes.size() + 1, ' ');
  EXPECT_EQ(file->read_at(0, read), bytes.size());
  EXPECT_EQ(read.substr(0, bytes.size()), bytes);
}

TEST(Log, ValuesCannotForgeALine) {
  std::string line;
  log::append_value(line, "a b\n2026 error=\"x\"");
  EXPECT_EQ(line, R"("a b\x0a2026 error=\"x\"")");
}

TEST(Log, FieldsAreReadAsTheyAre) {
  EXPECT_EQ(log::Field("n", std::numeric_limits<std::int64_t>::min()).value(), "-9223372036854775808");
  EXPECT_EQ(log::Field("ms", 1.25).value(), "1.250");
  EXPECT_EQ(log::Field("ms", 1e300).value(), "huge");
  EXPECT_EQ(log::Field("sent", true).value(), "true");
}

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorKind::kInvalid, "odd", "odd", {}};
  return number / 2;
}

Result<int> quarter(int number) {
  LUOT_TRY(int once, half(number));
  LUOT_TRY(int twice, half(once));
  return twice;
}

TEST(Results, TryPassesTheErrorOn) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().code, "odd");
}

}  // namespace
}  // namespace luot::base
