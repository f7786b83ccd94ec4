#pragma once

#include <boost/asio.hpp>
#include <utility>

#include "machine/threads/racing_pool.hpp"

namespace lab {

/// An executor for an acceptor, and so for the strands, sockets and timers that are made from it:
/// completions are found by whoever runs the io_context, and handlers run on the racing pool.
class RacingExecutor {
 public:
  RacingExecutor(boost::asio::io_context& io, RacingPool& pool) noexcept : io_(&io), pool_(&pool) {}

  template <typename Function>
  void execute(Function what) const {
    pool_->submit(std::move(what));
  }

  [[nodiscard]] boost::asio::io_context& query(
      boost::asio::execution::context_t /*property*/) const noexcept {
    return *io_;
  }
  [[nodiscard]] boost::asio::execution::blocking_t query(
      boost::asio::execution::blocking_t /*property*/) const noexcept {
    return blocking_;
  }
  [[nodiscard]] RacingExecutor require(
      boost::asio::execution::blocking_t::possibly_t /*property*/) const noexcept {
    return with(boost::asio::execution::blocking.possibly);
  }
  [[nodiscard]] RacingExecutor require(
      boost::asio::execution::blocking_t::never_t /*property*/) const noexcept {
    return with(boost::asio::execution::blocking.never);
  }
  /// Asio asks for this first of all when an operation is started, and holds no lock then: a good
  /// place for the others to have their turn.
  [[nodiscard]] RacingExecutor require(
      boost::asio::execution::outstanding_work_t::tracked_t /*property*/) const noexcept {
    RacingPool::pause();
    return *this;
  }

  friend bool operator==(const RacingExecutor& one, const RacingExecutor& other) noexcept {
    return one.io_ == other.io_ && one.blocking_ == other.blocking_;
  }
  friend bool operator!=(const RacingExecutor& one, const RacingExecutor& other) noexcept {
    return !(one == other);
  }

 private:
  [[nodiscard]] RacingExecutor with(boost::asio::execution::blocking_t blocking) const noexcept {
    RacingExecutor changed = *this;
    changed.blocking_ = blocking;
    return changed;
  }

  boost::asio::io_context* io_;
  RacingPool* pool_;
  boost::asio::execution::blocking_t blocking_ = boost::asio::execution::blocking.possibly;
};

}  // namespace lab
