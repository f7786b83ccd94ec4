#include "proactor/multishot/registered_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <system_error>

#include "shared/server/server.hpp"

namespace iolab::proactor::multishot {
namespace {

// As many as the process may open; the kernel allows no more.
unsigned table_size() {
  constexpr rlim_t most = 1U << 15;  // of the kernel: IORING_MAX_FIXED_FILES
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<unsigned>(std::min(limit.rlim_cur, most));
}

}  // namespace

RegisteredFiles::RegisteredFiles(UringRing& ring) : ring_(ring), has_(table_size()) {
  const int result =
      io_uring_register_files_sparse(ring_.raw(), static_cast<unsigned>(has_.size()));
  if (result < 0) {
    throw EngineUnavailable(
        "io_uring refused a table of " + std::to_string(has_.size()) +
        " files, which needs Linux 5.19: " + std::system_category().message(-result));
  }
}

void RegisteredFiles::add(Handle socket) noexcept {
  const auto place = static_cast<std::size_t>(socket);
  if (place < has_.size()) has_[place] = set(socket, socket);
}

void RegisteredFiles::remove(Handle socket) noexcept {
  const auto place = static_cast<std::size_t>(socket);
  if (place < has_.size() && has_[place]) has_[place] = !set(socket, -1);
}

bool RegisteredFiles::set(Handle place, Handle file) noexcept {
  return io_uring_register_files_update(ring_.raw(), static_cast<unsigned>(place), &file, 1) == 1;
}

void RegisteredFiles::use(io_uring_sqe& entry) const noexcept {
  const auto place = static_cast<std::size_t>(entry.fd);
  if (place < has_.size() && has_[place]) entry.flags |= IOSQE_FIXED_FILE;
}

}  // namespace iolab::proactor::multishot
