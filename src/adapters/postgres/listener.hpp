// Hears what other processes notify of, on a thread and a connection of its own, from when somebody first waits.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "adapters/postgres/connector.hpp"
#include "base/wakes.hpp"

namespace luot::postgres {

class Listener {
 public:
  Listener(const Connector& connector, base::Wakes& wakes);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void hear(const std::string& channel);

 private:
  void run();
  void listen(const Handle& handle);
  std::string new_channels(std::set<std::string>& heard);
  bool stopping();

  const Connector& connector_;
  base::Wakes& wakes_;
  const int event_;   // wakes the thread
  std::mutex mutex_;  // guards the next three
  std::set<std::string> channels_;
  bool stopping_ = false;
  std::thread thread_;
};

// The name of a channel as PostgreSQL knows it.
std::string channel_name(std::string_view channel);

}  // namespace luot::postgres
