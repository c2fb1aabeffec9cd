#include "app/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace luot::app {
namespace {

namespace fs = std::filesystem;
using base::Task;

const prometheus::Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                       0.1,    0.25,  0.5,    1,     2.5,  5,     10};
constexpr std::array<const char*, 5> kClasses{"1xx", "2xx", "3xx", "4xx", "5xx"};

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
  std::error_code failure;
  fs::directory_iterator entries("/proc/self/fd", failure);
  return failure ? 0 : static_cast<double>(std::distance(fs::begin(entries), fs::end(entries)));
}

}  // namespace

// Of one route: counters by class of status, and how long answers took to make.
struct Metrics::Series {
  std::array<prometheus::Counter*, kClasses.size()> by_class{};
  prometheus::Histogram* duration = nullptr;

  void observe(int status, std::chrono::nanoseconds took) {
    const auto index = static_cast<std::size_t>(status / 100 - 1);
    if (index < by_class.size()) by_class[index]->Increment();
    duration->Observe(std::chrono::duration<double>(took).count());
  }
};

struct Metrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("luot_http_requests_total")
                                                          .Help("Requests by route, method and class of status.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                             .Name("luot_http_request_duration_seconds")
                                                             .Help("Time until an answer was ready to be sent.")
                                                             .Register(registry);
  prometheus::Family<prometheus::Histogram>& lags = prometheus::BuildHistogram()
                                                        .Name("luot_loop_lag_seconds")
                                                        .Help("How late an event loop ran a timer, each second.")
                                                        .Register(registry);
  prometheus::Family<prometheus::Gauge>& jobs =
      prometheus::BuildGauge().Name("luot_jobs").Help("Transcoding jobs by state.").Register(registry);
  prometheus::Gauge& queued = jobs.Add({{"state", "queued"}});
  prometheus::Gauge& running = jobs.Add({{"state", "running"}});
  prometheus::Gauge& connections = gauge("luot_http_connections", "Connections that are open.");
  prometheus::Family<prometheus::Gauge>& open =
      gauges("luot_engine_connections", "Connections to an engine that are open.");
  prometheus::Family<prometheus::Gauge>& in_flight =
      gauges("luot_engine_in_flight", "Requests that an engine was sent and has not answered.");
  prometheus::Family<prometheus::Gauge>& waiting =
      gauges("luot_engine_waiting", "Requests that wait until they can be sent to an engine.");
  prometheus::Family<prometheus::Gauge>& lost =
      gauges("luot_engine_connections_lost_total", "Connections to an engine that broke.");
  prometheus::Family<prometheus::Gauge>& failed =
      gauges("luot_engine_connections_failed_total", "Attempts to connect to an engine that failed.");
  // The names that every Prometheus client has for these.
  prometheus::Gauge& resident = gauge("process_resident_memory_bytes", "Resident memory.");
  prometheus::Gauge& cpu = gauge("process_cpu_seconds_total", "CPU time, children apart.");
  prometheus::Gauge& descriptors = gauge("process_open_fds", "Open descriptors.");

  prometheus::Family<prometheus::Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  prometheus::Gauge& gauge(const char* name, const char* help) { return gauges(name, help).Add({}); }

  std::unique_ptr<Series> series(const std::string& route, const std::string& method) {
    auto made = std::make_unique<Series>();
    for (std::size_t i = 0; i < kClasses.size(); ++i)
      made->by_class[i] = &requests.Add({{"route", route}, {"method", method}, {"status", kClasses[i]}});
    made->duration = &durations.Add({{"route", route}, {"method", method}}, kSeconds);
    return made;
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()), unknown_(families_->series("none", "any")) {
}

Metrics::~Metrics() = default;

void Metrics::follow(const http::Router& router) {
  for (const auto& route : router.routes()) {
    const Key key{route->pattern.data(), route->method};
    routes_[key] = families_->series(std::string(route->pattern), std::string(route->method));
  }
}

void Metrics::observe(const http::Request& request, int status, std::chrono::nanoseconds took) {
  const auto found = routes_.find({request.route.data(), request.method});
  (found == routes_.end() ? unknown_ : found->second)->observe(status, took);
}

Task<void> Metrics::watch_loop(std::size_t number) {
  using Clock = std::chrono::steady_clock;
  auto& lag = families_->lags.Add({{"loop", std::to_string(number)}}, kSeconds);
  base::Timer timer(co_await base::asio::this_coro::executor);
  while (true) {
    const auto due = Clock::now() + std::chrono::seconds(1);
    timer.expires_at(due);
    co_await timer.async_wait(base::use_task);
    lag.Observe(std::chrono::duration<double>(Clock::now() - due).count());
  }
}

void Metrics::set_connections(std::size_t count) {
  families_->connections.Set(static_cast<double>(count));
}

void Metrics::set_engine(const std::string& engine, const std::vector<ports::Connections>& connections) {
  for (const auto& each : connections) {
    const prometheus::Labels labels{{"engine", engine}, {"role", std::string(each.role)}};
    families_->open.Add(labels).Set(static_cast<double>(each.open));
    families_->in_flight.Add(labels).Set(static_cast<double>(each.in_flight));
    families_->waiting.Add(labels).Set(static_cast<double>(each.waiting));
    families_->lost.Add(labels).Set(static_cast<double>(each.lost));
    families_->failed.Add(labels).Set(static_cast<double>(each.failed));
  }
}

void Metrics::set_jobs(std::int64_t queued, std::int64_t running) {
  families_->queued.Set(static_cast<double>(queued));
  families_->running.Set(static_cast<double>(running));
}

std::string Metrics::text() {
  families_->resident.Set(resident_bytes());
  families_->cpu.Set(cpu_seconds());
  families_->descriptors.Set(open_descriptors());
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace luot::app
