#include "base/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

#include "base/log.hpp"

namespace luot::base {

TaskGroup::TaskGroup(Executor executor)
    : executor_(executor), emptied_(executor, std::chrono::steady_clock::time_point::max()) {
}

TaskGroup::~TaskGroup() {
  if (!running_.empty())
    log::error("tasks left behind", {{"count", running_.size()}, {"first", running_.front().name}});
}

void TaskGroup::spawn(std::string name, Task<void> task) {
  auto entry = running_.emplace(running_.end());
  entry->name = std::move(name);
  auto on_end = [this, entry](const std::exception_ptr& fault) { finished(entry, fault); };
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(entry->cancel.slot(), on_end));
}

void TaskGroup::finished(std::list<Running>::iterator task, const std::exception_ptr& fault) {
  if (fault) {
    try {
      std::rethrow_exception(fault);
    } catch (const boost::system::system_error& e) {
      if (e.code() != asio::error::operation_aborted) {
        log::error("task failed", {{"task", task->name}, {"error", e.what()}});
      }
    } catch (const std::exception& e) {
      log::error("task failed", {{"task", task->name}, {"error", e.what()}});
    }
  }
  running_.erase(task);
  if (running_.empty()) emptied_.cancel();
}

void TaskGroup::cancel() {
  // A task may end, and leave the list, while its signal is emitted: step past it first.
  for (auto next = running_.begin(); next != running_.end();) {
    auto current = next++;
    current->cancel.emit(asio::cancellation_type::terminal);
  }
}

Task<void> TaskGroup::join() {
  while (!running_.empty()) {
    boost::system::error_code ignored;
    co_await emptied_.async_wait(asio::redirect_error(use_task, ignored));
  }
}

}  // namespace luot::base
