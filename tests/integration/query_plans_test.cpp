// Every statement of every room on a PostgreSQL with 100,000 videos, a million likes and half a million comments: none
// may look through a large table.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "adapters/postgres/connector.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_statement.hpp"
#include "adapters/postgres/postgres_values.hpp"
#include "all_statements.hpp"
#include "test_postgres.hpp"

namespace luot {
namespace {

using ::testing::IsEmpty;

// What stays small however much there is.
const std::set<std::string> kSmall{"view_sync", "sync_offset", "feed_heads", "schema_migrations"};
// A day's uploads of one user; what is in a batch; the jobs ahead, up to a hundred.
const std::set<std::string> kMayCount{"count_upload", "count_comments", "count_likes", "uncount_likes",
                                      "video_progress"};

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The names of all constants in the sources of `folder`.
std::set<std::string> names_below(const std::filesystem::path& folder) {
  static const std::regex kConstant(R"(constexpr ports::Sql k\w+\{\s*(?:\.name = )?"(\w+)\")");
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
    const auto text = contents_of(entry.path());
    for (std::sregex_iterator found(text.begin(), text.end(), kConstant); found != std::sregex_iterator(); ++found)
      names.insert((*found)[1]);
  }
  return names;
}

// The constants of app/, which have no parameters; of two texts the second, which is for PostgreSQL.
std::map<std::string, std::string> statements_of_app() {
  static const std::regex kWhole(
      "constexpr ports::Sql k\\w+\\{\\s*\"(\\w+)\",(?:[^}]*,)?\\s*(?:\"|R\"\\()([^\"]*?)(?:\\)\"|\")\\}");
  std::map<std::string, std::string> statements;
  for (const auto& entry : std::filesystem::directory_iterator(LUOT_SOURCES "/app")) {
    const auto text = contents_of(entry.path());
    for (std::sregex_iterator found(text.begin(), text.end(), kWhole); found != std::sregex_iterator(); ++found)
      statements[(*found)[1]] = (*found)[2];
  }
  return statements;
}

class QueryPlans : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = std::make_unique<TestDatabase>();
    postgres::PostgresDatabase(database_->url()).migrate();
    Psql(database_->url()).run(contents_of(LUOT_TESTS "/integration/query_plans_fill.sql"));
  }
  static void TearDownTestSuite() { database_.reset(); }

  // As the adapter prepares it, in a session like the adapter's.
  std::string plan_of(const std::string& text, const std::string& types) {
    const auto oids = postgres::type_oids(types);
    const Answer prepared(PQprepare(session_.get(), "s", text.c_str(), static_cast<int>(oids.size()), oids.data()),
                          &PQclear);
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) return PQerrorMessage(session_.get());
    std::string values;
    for (std::size_t i = 0; i < oids.size(); ++i)
      values += i == 0 ? "(null" : ", null";
    const auto explain = "explain execute s" + (values.empty() ? "" : values + ")");
    const Answer plan(PQexec(session_.get(), explain.c_str()), &PQclear);
    std::string lines = PQerrorMessage(session_.get());
    for (int row = 0; row < PQntuples(plan.get()); ++row)
      lines += PQgetvalue(plan.get(), row, 0) + std::string("\n");
    PQclear(PQexec(session_.get(), "deallocate s"));
    return lines;
  }

  // What is wrong with the plan.
  static std::vector<std::string> faults_of(const std::string& plan) {
    std::vector<std::string> faults;
    if (!plan.starts_with("Insert") && plan.find("(cost=") == std::string::npos) faults.push_back("no plan: " + plan);
    static const std::regex kScan(R"(Seq Scan on (\w+))");
    for (std::sregex_iterator found(plan.begin(), plan.end(), kScan); found != std::sregex_iterator(); ++found) {
      if (!kSmall.contains((*found)[1])) faults.push_back((*found)[0]);
    }
    return faults;
  }

  using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;
  static inline std::unique_ptr<TestDatabase> database_;
  postgres::Handle session_ = postgres::Connector(database_->url()).connect_now(postgres::session_settings()).handle;
};

TEST_F(QueryPlans, NoStatementLooksThroughALargeTable) {
  for (const auto& [name, statement] : all_statements()) {
    const auto types = postgres::signature_of(statement.params()) + (statement.required_rows() ? "i" : "");
    const auto plan = plan_of(postgres::text_of(statement), types);
    EXPECT_THAT(faults_of(plan), IsEmpty()) << name << "\n" << plan;
  }
  for (const auto& [name, text] : statements_of_app()) {
    const auto plan = plan_of(text, "");
    EXPECT_THAT(faults_of(plan), IsEmpty()) << name << "\n" << plan;
  }
}

TEST_F(QueryPlans, SeesWhereATableIsLookedThrough) {
  EXPECT_FALSE(faults_of(plan_of("select count(*) from likes where created_at > $1", "z")).empty());
  EXPECT_FALSE(faults_of(plan_of("select nothing from nowhere", "")).empty());
}

TEST_F(QueryPlans, NothingIsCountedButWhatIsFew) {
  for (const auto& [name, statement] : all_statements()) {
    const auto text = std::string(statement.sql().postgres.empty() ? statement.sql().text : statement.sql().postgres);
    EXPECT_EQ(text.find("count(*)") != std::string::npos, kMayCount.contains(name)) << name;
  }
}

TEST_F(QueryPlans, NoStatementIsForgotten) {
  std::set<std::string> known;
  for (const auto& [name, statement] : all_statements())
    known.insert(name);
  EXPECT_EQ(known, names_below(LUOT_SOURCES "/features"));
  std::set<std::string> of_app;
  for (const auto& [name, text] : statements_of_app())
    of_app.insert(name);
  EXPECT_EQ(of_app, names_below(LUOT_SOURCES "/app"));
}

}  // namespace
}  // namespace luot
