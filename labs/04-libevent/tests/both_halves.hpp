#pragma once

#include "bench.hpp"

/// What both servers have to do, each as the body of a test: replies.cpp, endings.cpp.
namespace lab::both {

void echo_what_comes_goes_back(Bench::Factory make_server);
void echo_many_clients_at_once(Bench::Factory make_server);
void echo_who_comes_later_is_served_at_once(Bench::Factory make_server);
void waiting_server_with_nothing_to_do_rests(Bench::Factory make_server);
void waiting_what_the_socket_does_not_take_waits(Bench::Factory make_server);
void framed_one_after_the_other(Bench::Factory make_server);
void framed_in_pieces(Bench::Factory make_server);
void framed_longer_than_a_receive(Bench::Factory make_server);
void framed_too_long_ends_after_the_replies(Bench::Factory make_server);
void half_close_replies_then_the_end(Bench::Factory make_server);
void output_limit_who_reads_nothing_is_not_read(Bench::Factory make_server);
void resets_only_that_client_is_lost(Bench::Factory make_server);
void resets_who_leaves_without_his_replies(Bench::Factory make_server);
void descriptors_run_out_and_come_again(Bench::Factory make_server);
void descriptors_nothing_is_left(Bench::Factory make_server);
void descriptors_one_connection_too_many_is_closed(Bench::Factory make_server);
void idle_who_is_silent_is_ended(Bench::Factory make_server);
void idle_parts_of_a_frame_are_no_progress(Bench::Factory make_server);
void idle_taking_output_is_progress(Bench::Factory make_server);
void idle_nobody_is_after_a_stop(Bench::Factory make_server);
void drain_answers_what_has_arrived(Bench::Factory make_server);
void drain_silent_clients_see_the_end(Bench::Factory make_server);
void drain_waits_no_longer_than_allowed(Bench::Factory make_server);

}  // namespace lab::both
