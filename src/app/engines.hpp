// The engines behind the ports, as the settings choose them by the scheme of a URL.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/keys.hpp"
#include "base/blocking_pool.hpp"
#include "features/transcoding/transcoding.hpp"
#include "http/router.hpp"
#include "ports/clock.hpp"
#include "ports/database.hpp"
#include "ports/engagement_buffer.hpp"
#include "ports/object_store.hpp"
#include "ports/shared_state.hpp"

namespace luot::app {

// Throw std::runtime_error where an engine cannot be opened; the text is for the operator.

std::unique_ptr<ports::Database> open_database(const Config& config);

// State that all nodes share, or that of one node alone.
class State {
 public:
  virtual ~State() = default;
  // Limits go on in this node alone where the store of them is down.
  virtual ports::SharedState& shared() = 0;
  // Null where views and likes are written through to the database.
  virtual ports::EngagementBuffer* buffer() { return nullptr; }
  // To the engine, where there is one. From any thread.
  [[nodiscard]] virtual std::vector<ports::Connections> connections() const { return {}; }
};
std::unique_ptr<State> open_state(const Config& config, const ports::Clock& steady_clock);

// An object store, with what it adds to a server.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual ports::ObjectStore& store() = 0;
  // Where clients send their bytes to this server itself.
  virtual void add_routes(http::Router& /*router*/) {}
  // Where web pages send and fetch bytes beside this server, such as "https://s3.example.org".
  [[nodiscard]] virtual std::vector<std::string> client_origins() const { return {}; }
  // Before the first request.
  virtual void start() {}
  // What is under way may fail now.
  virtual void stop() {}
};
std::unique_ptr<Storage> open_storage(const Config& config, const Keys& keys, base::BlockingPool& files,
                                      const ports::Clock& clock);

transcoding::TranscodingLimits transcoding_limits(const Config& config);

// True where every process that names the same URL works on the same data.
bool is_shared_database(const Config& config);
bool is_shared_storage(const Config& config);
bool is_shared_state(const Config& config);

}  // namespace luot::app
