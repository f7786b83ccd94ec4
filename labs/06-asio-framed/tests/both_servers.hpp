#pragma once

#include "framed_server.hpp"
#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

/// What both servers have to do, each as the body of a test: replies.cpp, endings.cpp.
namespace lab::both {

/// serve_exact() or serve_bulk().
using Serve = void (*)(tcp::acceptor&, const ServerOptions&);

void frames_one_after_the_other(Serve serve);
void frames_of_every_length(Serve serve);
void frames_several_at_once(Serve serve);
void pieces_byte_by_byte(Serve serve);
void pieces_from_many_clients(Serve serve);
void short_writes_every_byte_in_order(Serve serve);
void short_writes_replies_wait_their_turn(Serve serve);
void short_writes_who_reads_nothing_is_not_read(Serve serve);
void too_long_the_longest_is_not(Serve serve);
void too_long_ends_after_the_replies(Serve serve);
void too_long_costs_nothing(Serve serve);
void half_close_replies_then_the_end(Serve serve);
void half_close_within_a_frame(Serve serve);
void resets_only_that_client_is_lost(Serve serve);
void resets_who_leaves_without_its_replies(Serve serve);
void leftovers_none_of_who_has_gone(Serve serve);
void leftovers_none_of_who_is_there(Serve serve);

}  // namespace lab::both
