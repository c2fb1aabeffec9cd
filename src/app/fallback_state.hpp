// Limits that go on in this node alone while the state of all nodes is down.
#pragma once

#include "ports/shared_state.hpp"

namespace luot::app {

class FallbackState final : public ports::SharedState {
 public:
  FallbackState(ports::SharedState& shared, ports::SharedState& own) : shared_(shared), own_(own) {}

  base::Task<ports::RateDecision> take(std::string key, ports::Rate rate, std::int64_t count) override;
  base::Task<ports::RateDecision> peek(std::string key, ports::Rate rate) override;

 private:
  ports::SharedState& shared_;
  ports::SharedState& own_;
};

}  // namespace luot::app
