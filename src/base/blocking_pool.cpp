#include "base/blocking_pool.hpp"

#include "base/result.hpp"

namespace luot::base {

BlockingPool::BlockingPool(std::string name, unsigned threads, std::size_t capacity)
    : name_(std::move(name)), capacity_(capacity), threads_(threads) {
}

BlockingPool::~BlockingPool() {
  threads_.join();
}

void BlockingPool::admit() {
  if (pending_.fetch_add(1, std::memory_order_relaxed) < capacity_) return;
  pending_.fetch_sub(1, std::memory_order_relaxed);
  throw Unavailable("overloaded", "The " + name_ + " queue is full; try again shortly.");
}

}  // namespace luot::base
