#include "shared/server/server.hpp"

// What the server program that the tests pretend to be has besides the common options.
namespace iolab {
namespace {

constexpr std::string_view own_options[] = {"demultiplexer"};

}  // namespace

const ServerTraits server_traits{
    .name = "tested", .pattern = "reactor", .own_options = own_options};

}  // namespace iolab
