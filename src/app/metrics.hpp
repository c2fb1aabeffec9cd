// What the server counts and measures, in Prometheus' terms (https://prometheus.io/docs/practices/naming).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/async.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "ports/connections.hpp"

namespace luot::app {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // Makes the series of every route. Before the first observe().
  void follow(const http::Router& router);
  // From all loops.
  void observe(const http::Request& request, int status, std::chrono::nanoseconds took);

  // Measures each second how late the loop that runs it is, until it is cancelled.
  base::Task<void> watch_loop(std::size_t number);

  void set_connections(std::size_t count);
  // `engine`: what this process uses it for, by the name of its setting.
  void set_engine(const std::string& engine, const std::vector<ports::Connections>& connections);
  void set_jobs(std::int64_t queued, std::int64_t running);

  // All series in the text format, version 0.0.4. Reads the process's own from /proc.
  [[nodiscard]] std::string text();

 private:
  struct Series;
  struct Families;
  using Key = std::pair<const char*, std::string_view>;  // the route's pattern, by its address, and the method

  std::unique_ptr<Families> families_;
  std::map<Key, std::unique_ptr<Series>> routes_;  // not changed after follow()
  std::unique_ptr<Series> unknown_;
};

}  // namespace luot::app
