#include "adapters/redis/redis_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <charconv>

#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::redis {
namespace {

namespace asio = base::asio;
using base::Task;
using base::use_task;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto kConnectLimit = 1s;
constexpr auto kSilence = 2s;  // of a connection with something to answer: it is dropped then
constexpr auto kTick = 50ms;
constexpr auto kFirstPause = 100ms;
constexpr auto kLongestPause = 1s;
constexpr char kTlsAlert = 0x15;                  // begins what a TLS server answers to anything else
constexpr std::size_t kMostCommands = 20'000;     // that wait for their reply
constexpr std::size_t kReadSize = 64 * 1024;      // bytes
constexpr std::size_t kKeptBuffer = 1024 * 1024;  // bytes

base::Unavailable down() {
  return {"unavailable", "The store of shared state cannot be reached now; try again shortly.", 2s};
}

std::int64_t to_number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// CONFIG GET's reply is the name and its value.
std::optional<std::string> setting_in(const Reply& reply) {
  if (reply.kind != Reply::Kind::kList || reply.items.size() != 2) return std::nullopt;
  return reply[1].text;
}

// A line "name:value" of INFO.
std::optional<std::string> line_of(const std::string& info, const std::string& name) {
  const auto at = info.find("\n" + name + ":");
  if (at == std::string::npos) return std::nullopt;
  const auto begin = at + name.size() + 2;
  return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

}  // namespace

RedisConnection::RedisConnection(asio::io_context& loop, std::shared_ptr<const Settings> settings)
    : loop_(loop), settings_(std::move(settings)), wire_(loop, settings_->trust.get()), tick_(loop), in_(kReadSize) {
}

// Stands in `line` until it is resumed.
Task<void> RedisConnection::wait(Waiter waiter, std::deque<Waiter>* line) {
  return base::suspend([waiter = std::move(waiter), line](base::Suspension suspension) mutable {
    waiter.suspension = std::move(suspension);
    line->push_back(std::move(waiter));
  });
}

bool RedisConnection::is_ready() {
  if (state_ != State::kUp) return false;
  if (sent_.size() >= kMostCommands) {
    throw base::Unavailable("overloaded", "Too much waits for the store of shared state; try again shortly.");
  }
  if (sent_.empty() && !flushing_ && wire_.is_over()) {
    drop("it closed the connection");
    return false;
  }
  return true;
}

Task<void> RedisConnection::wait_until_ready() {
  if (state_ == State::kConnecting && failures_ > 0) throw down();
  if (state_ == State::kDown) {
    if (Clock::now() < next_attempt_) throw down();
    start_connecting();
  }
  Outcome outcome;
  Waiter waiter{&outcome, {}, Clock::now(), Clock::time_point::max()};
  shown_->waiting = waiting_.size() + 1;
  co_await wait(std::move(waiter), &waiting_);
  if (!outcome.failure.empty()) throw down();
}

Task<Reply> RedisConnection::send(Command command, Clock::duration patience) {
  Outcome outcome;
  const auto now = Clock::now();
  Waiter waiter{&outcome, {}, now, now + patience};
  command.append_to(out_);
  flush_later();
  watch_deadlines();
  co_await wait(std::move(waiter), &sent_);
  if (!outcome.failure.empty()) throw down();
  co_return std::move(outcome.reply);
}

// Why it could not be reached, and what may be meant.
std::string RedisConnection::explained(const error_code& failure) const {
  const bool has_tls = settings_->trust != nullptr;
  if (Clock::now() >= connect_until_) {
    return has_tls && !was_up_ ? "it did not answer in time; a port without TLS has a URL that begins with redis://"
                               : "it did not answer in time";
  }
  const bool is_closed = failure == asio::error::eof || failure == asio::error::connection_reset;
  return is_closed && !has_tls && !was_up_
             ? "it closed the connection; a port with TLS has a URL that begins with rediss://"
             : failure.message();
}

void RedisConnection::start_connecting() {
  state_ = State::kConnecting;
  ++generation_;
  connect_until_ = Clock::now() + kConnectLimit;
  watch_deadlines();
  // It ends by itself, within kConnectLimit.
  asio::co_spawn(loop_, connect(), [self = shared_from_this()](const std::exception_ptr&) {});
}

Task<void> RedisConnection::connect() {
  co_await asio::post(use_task);  // who wants it waits by then
  std::string failure;
  refusal_.clear();
  try {
    co_await wire_.reach(settings_->url, connect_until_);
    co_await shake_hands();
    failure = refusal_ = refusal_of(persistence_);
  } catch (const boost::system::system_error& e) {
    failure = explained(e.code());
  } catch (const std::exception& e) {
    failure = e.what();
  }
  if (failure.empty()) {
    connected();
  } else {
    failed_to_connect(failure);
  }
}

// All in one write: who we are, which database, the scripts, and how it is set up.
Task<void> RedisConnection::shake_hands() {
  const auto& url = settings_->url;
  std::vector<Command> commands;
  if (!url.password.empty()) {
    commands.emplace_back("AUTH");
    if (!url.user.empty()) commands.back().add(url.user);
    commands.back().add(url.password);
  }
  if (url.database != 0) commands.push_back(Command("SELECT").add(url.database));
  const auto first_script = commands.size();
  for (const auto& script : settings_->scripts)
    commands.push_back(Command("SCRIPT").add("LOAD").add(script));
  const auto first_question = commands.size();
  for (const auto* name : {"maxmemory", "maxmemory-policy", "appendonly", "appendfsync"})
    commands.push_back(Command("CONFIG").add("GET").add(name));
  commands.push_back(Command("INFO").add("memory"));
  std::string bytes;
  for (const auto& command : commands)
    command.append_to(bytes);
  co_await wire_.write(std::move(bytes));

  reader_ = std::make_unique<ReplyReader>();
  std::vector<Reply> replies;
  while (replies.size() < commands.size()) {
    replies.push_back(co_await read_one());
    const auto& reply = replies.back();
    if (reply.is_error() && replies.size() <= first_question) throw std::runtime_error(reply.text);
  }
  hashes_.clear();
  for (auto i = first_script; i < first_question; ++i)
    hashes_.push_back(replies[i].text);
  const auto setting = [&](std::size_t index) { return setting_in(replies[first_question + index]); };
  const auto& info = replies.back().text;
  persistence_ = {};
  if (const auto limit = setting(0) ? setting(0) : line_of(info, "maxmemory"))
    persistence_.max_memory = to_number(*limit);
  persistence_.eviction = setting(1) ? *setting(1) : line_of(info, "maxmemory_policy").value_or("");
  if (setting(2) && setting(3)) {
    persistence_.append_only = *setting(2) == "yes";
    persistence_.fsync = *setting(3);
  }
}

Task<Reply> RedisConnection::read_one() {
  while (true) {
    if (auto reply = reader_->next()) co_return *std::move(reply);
    const auto count = co_await wire_.read_some(asio::buffer(in_));
    if (in_[0] == kTlsAlert) throw boost::system::system_error(asio::error::connection_reset);
    reader_->feed({in_.data(), count});
  }
}

void RedisConnection::connected() {
  const bool is_news = !std::exchange(was_up_, true);
  failure_.clear();
  if (std::exchange(failures_, 0) > 0) base::log::info("redis is back");
  if (const auto cost = cost_of_crash(persistence_); is_news && !cost.empty()) {
    base::log::warning("redis may forget", {{"why", cost}});
  }
  state_ = State::kUp;
  auto line = std::exchange(waiting_, {});
  show();
  for (auto& waiter : line)
    waiter.suspension.resume();
}

void RedisConnection::failed_to_connect(const std::string& why) {
  if (++failures_ == 1) {
    base::log::warning("redis cannot be used",
                       {{"place", settings_->url.host + ":" + settings_->url.port}, {"error", why}});
  }
  const auto pause = std::min<Clock::duration>(kLongestPause, kFirstPause * (1 << std::min(failures_ - 1, 4)));
  wire_.close();
  failure_ = why;
  ++shown_->failed;
  state_ = State::kDown;
  next_attempt_ = Clock::now() + pause;
  auto line = std::exchange(waiting_, {});
  show();
  fail(std::move(line), why);
}

void RedisConnection::drop(const std::string& why) {
  if (!sent_.empty()) base::log::warning("redis connection lost", {{"error", why}, {"unanswered", sent_.size()}});
  wire_.close();
  ++generation_;
  state_ = State::kDown;
  next_attempt_ = {};
  reading_ = flushing_ = false;
  out_.clear();
  written_ = 0;
  ++shown_->lost;
  auto unanswered = std::exchange(sent_, {});
  show();
  fail(std::move(unanswered), why);
}

void RedisConnection::fail(std::deque<Waiter> line, const std::string& why) {
  for (auto& waiter : line) {
    if (!waiter.suspension.waits()) continue;
    waiter.outcome->failure = why;
    waiter.suspension.resume();
  }
}

void RedisConnection::show() {
  shown_->is_up.store(state_ == State::kUp, std::memory_order_relaxed);
  shown_->in_flight.store(sent_.size(), std::memory_order_relaxed);
  shown_->waiting.store(waiting_.size(), std::memory_order_relaxed);
}

void RedisConnection::flush_later() {
  if (std::exchange(flushing_, true)) return;
  asio::post(loop_, [self = shared_from_this(), generation = generation_] {
    if (generation == self->generation_) self->flush();
  });
}

void RedisConnection::flush() {
  show();
  error_code failure;
  written_ += wire_.write_some(asio::buffer(out_) + written_, failure);
  if (failure && failure != asio::error::would_block) return drop(failure.message());
  read();
  if (written_ < out_.size()) {
    wire_.wait_writable([self = shared_from_this(), generation = generation_](error_code) {
      if (generation == self->generation_) self->flush();
    });
    return;
  }
  out_.clear();
  if (out_.capacity() > kKeptBuffer) out_.shrink_to_fit();
  written_ = 0;
  flushing_ = false;
}

void RedisConnection::read() {
  if (sent_.empty() || std::exchange(reading_, true)) return;
  wire_.async_read_some(asio::buffer(in_), [self = shared_from_this(), generation = generation_](
                                               const error_code& failure, std::size_t count) {
    if (generation != self->generation_) return;
    self->reading_ = false;
    if (failure) return self->drop(failure.message());
    self->heard_ = Clock::now();
    self->take({self->in_.data(), count});
    self->show();
    self->read();
  });
}

// Who is resumed may send more, and may find that the connection is lost.
void RedisConnection::take(std::string_view bytes) {
  const auto generation = generation_;
  reader_->feed(bytes);
  while (generation == generation_) {
    std::optional<Reply> reply;
    try {
      reply = reader_->next();
      if (!reply) return;
    } catch (const std::exception& e) {
      return drop(e.what());
    }
    if (sent_.empty()) return drop("a reply that nobody waits for");
    auto waiter = std::move(sent_.front());
    sent_.pop_front();
    if (!waiter.suspension.waits()) continue;
    waiter.outcome->reply = *std::move(reply);
    waiter.suspension.resume();
  }
}

void RedisConnection::watch_deadlines() {
  if (std::exchange(ticking_, true)) return;
  tick_.expires_after(kTick);
  tick_.async_wait([self = shared_from_this()](const error_code& failure) {
    self->ticking_ = false;
    if (!failure) self->look_at_deadlines();
  });
}

void RedisConnection::look_at_deadlines() {
  const auto now = Clock::now();
  if (state_ == State::kConnecting && now >= connect_until_) {
    wire_.close();  // connect() ends by that
  }
  // One that answers others is slow, but there: who waits for long gives up alone.
  if (!sent_.empty() && now - std::max(sent_.front().since, heard_) >= kSilence) drop("no answer in time");
  std::deque<Waiter> late;
  for (auto& waiter : sent_) {
    if (!waiter.suspension.waits() || now < waiter.until) continue;
    late.push_back({waiter.outcome, std::move(waiter.suspension), waiter.since, waiter.until});
  }
  fail(std::move(late), "no answer in time");
  if (state_ == State::kConnecting || !sent_.empty()) watch_deadlines();
}

}  // namespace luot::redis
