// Makes completion_server an emulated one: the linker takes this definition instead of io_uring's.
#include "emulated-proactor/emulated_proactor.hpp"
#include "shared/server/server_options.hpp"

namespace iolab {
namespace {

constexpr std::string_view own_options[] = {"demultiplexer"};

}  // namespace

const std::span<const std::string_view> proactor_options{own_options};

std::unique_ptr<Proactor> make_proactor(const ServerOptions& options) {
  return std::make_unique<EmulatedProactor>(make_demultiplexer(options.demultiplexer));
}

}  // namespace iolab
