// One object a loop, made when a loop first asks for it and gone with the loop: state that needs no lock.
#pragma once

#include <map>
#include <memory>

#include "base/async.hpp"

namespace luot::base {

template <typename T>
class LoopLocal {
 public:
  // The loop's object; `make()` returns a std::shared_ptr<T>. From a thread that runs the loop.
  template <typename Make>
  std::shared_ptr<T> of(asio::io_context& loop, Make make) const {
    auto& object = asio::use_service<Objects>(loop).by_owner[key_];
    if (!object) object = make();
    return object;
  }

 private:
  // An owner may be gone before the loop: its key stays, so that no other takes its place.
  using Key = std::shared_ptr<const char>;
  struct Objects final : asio::execution_context::service {
    inline static asio::execution_context::id id;
    explicit Objects(asio::execution_context& loop) : service(loop) {}
    void shutdown() noexcept override { by_owner.clear(); }
    std::map<Key, std::shared_ptr<T>> by_owner;
  };
  const Key key_ = std::make_shared<const char>();
};

}  // namespace luot::base
