#include "adapters/postgres/postgres_connection.hpp"

#include <libpq-fe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "adapters/postgres/postgres_statement.hpp"
#include "adapters/postgres/postgres_values.hpp"

namespace luot::postgres {
namespace {

using Clock = std::chrono::steady_clock;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

constexpr int kBinary = 1;
constexpr std::string_view kNotPrepared = "26000";

std::string text_of(const char* text) {
  std::string copy = text != nullptr ? text : "";
  while (copy.ends_with('\n'))
    copy.pop_back();
  return copy;
}

// What a prepared statement is made of: the constant, the types, and whether rows are required.
std::string key_of(const ports::Statement& statement) {
  const auto* sql = &statement.sql();
  std::string key(reinterpret_cast<const char*>(&sql), sizeof sql);
  key += signature_of(statement.params());
  if (statement.required_rows()) key += '!';
  return key;
}

bool is_tcp(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.ss_family != AF_UNIX;
}

}  // namespace

void Finish::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

PostgresConnection::PostgresConnection(base::Executor executor, Handle handle, Events events)
    : handle_(std::move(handle)),
      socket_(executor, PQsocket(handle_.get())),
      events_(std::move(events)),
      is_tcp_(is_tcp(PQsocket(handle_.get()))),
      heard_(Clock::now()) {
  PQsetnonblocking(handle_.get(), 1);
  PQenterPipelineMode(handle_.get());
  PQsetNoticeReceiver(handle_.get(), take_notice, this);
}

// Warnings are for an operator at psql. But an idle connection is told in this way that it ends.
void PostgresConnection::take_notice(void* self, const PGresult* notice) {
  const auto severity = text_of(PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED));
  if (severity == "FATAL" || severity == "PANIC") static_cast<PostgresConnection*>(self)->last_words_ = true;
}

void PostgresConnection::close() {
  if (!handle_) return;
  socket_.release();  // the descriptor is libpq's to close
  handle_.reset();
  expected_.clear();
}

void PostgresConnection::lose(std::string reason) {
  if (!handle_) return;
  std::vector<RequestPtr> unanswered;
  for (const auto& expected : expected_) {
    if (expected.kind == Kind::kSync && expected.request) unanswered.push_back(expected.request);
  }
  close();
  requests_in_flight_ = 0;
  events_.lost(std::move(unanswered), std::move(reason));
}

Clock::duration PostgresConnection::silence() const {
  return requests_in_flight_ == 0 ? Clock::duration::zero() : Clock::now() - heard_;
}

bool PostgresConnection::begin() {
  if (!handle_) return false;
  if (requests_in_flight_ == 0) {
    if (is_over()) {
      lose("the server had closed it");
      return false;
    }
    heard_ = Clock::now();
  }
  cork(true);
  return true;
}

// Nobody listened while it was idle.
bool PostgresConnection::is_over() {
  if (PQconsumeInput(handle_.get()) == 0) return true;
  PQisBusy(handle_.get());  // reads what was consumed: last words, perhaps
  return last_words_ || PQstatus(handle_.get()) != CONNECTION_OK;
}

void PostgresConnection::cork(bool on) {
  // libpq writes at each Sync; so it costs no packet each.
  const int value = on ? 1 : 0;
  if (is_tcp_) ::setsockopt(PQsocket(handle_.get()), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

// Within a transaction of its own, so that its fate does not hang on the statements around it.
std::string PostgresConnection::prepare(const ports::Statement& statement) {
  auto& name = prepared_[key_of(statement)];
  if (!name.empty()) return name;
  name = "s" + std::to_string(++names_);
  const auto signature = signature_of(statement.params()) + (statement.required_rows() ? "i" : "");
  const auto types = type_oids(signature);
  PQsendPrepare(handle_.get(), name.c_str(), text_of(statement).c_str(), static_cast<int>(types.size()), types.data());
  PQpipelineSync(handle_.get());
  expected_.push_back({Kind::kPrepare, nullptr, 0, name});
  expected_.push_back({Kind::kSync, nullptr, 0, ""});
  return name;
}

bool PostgresConnection::send_statement(const ports::Statement& statement, const std::string& name) {
  BoundParams params(statement.params());
  if (statement.required_rows()) params.add(*statement.required_rows());
  return PQsendQueryPrepared(handle_.get(), name.c_str(), params.count(), params.values(), params.lengths(),
                             params.formats(), kBinary) == 1;
}

void PostgresConnection::send(const RequestPtr& request) {
  ++requests_in_flight_;
  request->results.clear();
  request->failure.reset();
  std::vector<std::string> names;
  for (const auto& statement : request->statements)
    names.push_back(prepare(statement));
  for (std::size_t i = 0; i < names.size(); ++i) {
    send_statement(request->statements[i], names[i]);
    expected_.push_back({Kind::kStatement, request, i, ""});
  }
  PQpipelineSync(handle_.get());
  expected_.push_back({Kind::kSync, request, 0, ""});
}

void PostgresConnection::end() {
  if (!handle_) return;
  cork(false);
  flush();
  wait_readable();
}

void PostgresConnection::flush() {
  if (!handle_ || writing_) return;
  const int left = PQflush(handle_.get());
  if (left < 0) return lose(text_of(PQerrorMessage(handle_.get())));
  if (left == 0) return;
  writing_ = true;
  socket_.async_wait(socket_.wait_write, [self = shared_from_this()](const boost::system::error_code& failure) {
    self->writing_ = false;
    if (!failure) self->flush();
  });
}

void PostgresConnection::wait_readable() {
  if (!handle_ || reading_ || expected_.empty()) return;
  reading_ = true;
  socket_.async_wait(socket_.wait_read, [self = shared_from_this()](const boost::system::error_code& failure) {
    self->reading_ = false;
    self->on_readable(failure);
  });
}

void PostgresConnection::on_readable(const boost::system::error_code& failure) {
  if (failure || !handle_) return;  // closed meanwhile
  heard_ = Clock::now();
  const bool alive = PQconsumeInput(handle_.get()) == 1;
  read_answers();  // also what came before the end
  if (!handle_) return;
  if (!alive || PQstatus(handle_.get()) != CONNECTION_OK) return lose(text_of(PQerrorMessage(handle_.get())));
  flush();
  wait_readable();
}

void PostgresConnection::read_answers() {
  while (handle_ && !expected_.empty() && PQisBusy(handle_.get()) == 0) {
    auto& expected = expected_.front();
    const Result result(PQgetResult(handle_.get()), &PQclear);
    if (!result) {
      if (!expected.answered) return;
      expected_.pop_front();
      continue;
    }
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR && PQstatus(handle_.get()) != CONNECTION_OK) return;
    if (status != PGRES_PIPELINE_SYNC) {
      take(expected, result.get());
      continue;
    }
    auto request = std::move(expected.request);
    expected_.pop_front();
    if (!request) continue;
    --requests_in_flight_;
    events_.settled(std::move(request));
  }
}

void PostgresConnection::take(Expected& expected, const PGresult* result) {
  expected.answered = true;
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      break;
    case PGRES_PIPELINE_ABORTED:  // an earlier one of its transaction failed
      return;
    default:
      return take_failure(expected, result);
  }
  if (expected.kind != Kind::kStatement) return;
  auto& request = *expected.request;
  const auto& statement = request.statements[expected.statement];
  try {
    request.results.push_back(own_rows(read_rows(result), statement));
  } catch (const std::logic_error& error) {
    request.failure = Failure{expected.statement, std::string(statement.sql().name), "LU000", "", error.what()};
  }
}

void PostgresConnection::take_failure(Expected& expected, const PGresult* result) {
  Failure failure{expected.statement, "", text_of(PQresultErrorField(result, PG_DIAG_SQLSTATE)),
                  text_of(PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME)),
                  text_of(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY))};
  if (expected.kind == Kind::kPrepare) {
    std::erase_if(prepared_, [&](const auto& entry) { return entry.second == expected.prepared; });
    unprepared_[expected.prepared] = std::move(failure);
    return;
  }
  auto& request = *expected.request;
  const auto& statement = request.statements[expected.statement];
  failure.name = statement.sql().name;
  if (failure.state == kNotPrepared) {  // and its own failure says why
    // PostgreSQL names it: prepared statement "s12" does not exist.
    const auto quote = failure.message.find('"') + 1;
    const auto why = unprepared_.find(failure.message.substr(quote, failure.message.rfind('"') - quote));
    if (why != unprepared_.end()) {
      failure.state = why->second.state;
      failure.message = why->second.message;
    }
  }
  request.failure = std::move(failure);
}

}  // namespace luot::postgres
