#include "adapters/postgres/listener.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.hpp"

namespace luot::postgres {
namespace {

constexpr std::string_view kPrefix = "luot_";  // others may use the database's channels, too
constexpr int kPause = 1000;                   // milliseconds, between attempts to connect
constexpr const char* kSettings = "-c statement_timeout=0";

int made_event() {
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) base::throw_errno("eventfd");
  return event;
}

// False after `longest` milliseconds; -1: never.
bool wait_readable(int event, int socket, int longest) {
  std::array<pollfd, 2> polled{{{event, POLLIN, 0}, {socket, POLLIN, 0}}};
  return ::poll(polled.data(), socket < 0 ? 1 : 2, longest) > 0;
}

}  // namespace

std::string channel_name(std::string_view channel) {
  return std::string(kPrefix) + std::string(channel);
}

Listener::Listener(const Connector& connector, base::Wakes& wakes)
    : connector_(connector), wakes_(wakes), event_(made_event()) {
}

Listener::~Listener() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(event_, 1);
  if (thread_.joinable()) thread_.join();
  ::close(event_);
}

void Listener::hear(const std::string& channel) {
  const std::lock_guard lock(mutex_);
  if (!channels_.insert(channel).second) return;
  ::eventfd_write(event_, 1);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

bool Listener::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Listener::run() {
  while (!stopping()) {
    const auto connected = connector_.connect_now(kSettings);
    if (connected.handle) listen(connected.handle);
    if (!stopping()) wait_readable(event_, -1, kPause);
  }
}

// LISTEN for what is not in `heard` yet.
std::string Listener::new_channels(std::set<std::string>& heard) {
  const std::lock_guard lock(mutex_);
  std::string statements;
  for (const auto& channel : channels_) {
    if (heard.insert(channel).second) statements += "listen " + channel_name(channel) + ";";
  }
  return statements;
}

// Until the connection breaks. Never waits for an answer: the server may hang.
void Listener::listen(const Handle& handle) {
  std::set<std::string> heard;
  while (!stopping()) {
    while (PQisBusy(handle.get()) == 0) {
      PGresult* result = PQgetResult(handle.get());
      if (result == nullptr) break;
      PQclear(result);
    }
    if (PQtransactionStatus(handle.get()) == PQTRANS_IDLE) {
      const auto statements = new_channels(heard);
      if (!statements.empty()) PQsendQuery(handle.get(), statements.c_str());
    }
    wait_readable(event_, PQsocket(handle.get()), -1);
    eventfd_t ignored = 0;
    ::eventfd_read(event_, &ignored);
    if (PQconsumeInput(handle.get()) == 0) return;
    while (PGnotify* notified = PQnotifies(handle.get())) {
      wakes_.wake(std::string_view(notified->relname).substr(kPrefix.size()));
      PQfreemem(notified);
    }
  }
}

}  // namespace luot::postgres
