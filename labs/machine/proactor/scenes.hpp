#pragma once

#include "machine/proactor/proactor_bench.hpp"

/// What any Proactor must do, whatever its engine: bodies of tests that several labs have.
namespace lab::scenes {

// What is submitted completes: once, later, with its result.
void receives_what_is_there_already(ProactorBench& bench);
void receives_what_arrives_later(ProactorBench& bench);
void sends_what_is_submitted(ProactorBench& bench);
void completes_never_inside_submit(ProactorBench& bench);
void completes_once_per_submit(ProactorBench& bench);
void what_a_handler_submits_is_not_lost(ProactorBench& bench);
void the_end_of_the_stream_is_zero_bytes(ProactorBench& bench);
void a_lost_connection_is_a_value(ProactorBench& bench);
void accepts_one_connection_for_each_operation(ProactorBench& bench);
void an_error_of_accept_is_a_value(ProactorBench& bench);

// What cannot be done now waits, and holds up nothing else.
void nothing_blocks(ProactorBench& bench);
void a_full_send_buffer_is_waited_for(ProactorBench& bench);
void both_directions_wait_at_once(ProactorBench& bench);
void a_short_send_completes_with_what_was_taken(ProactorBench& bench);
void the_rest_of_a_send_follows_in_order(ProactorBench& bench);
void every_byte_comes_back(ProactorBench& bench);

// An early end: with ECANCELED or with the result, and never both or neither.
void a_cancelled_receive_completes(ProactorBench& bench);
void a_cancel_leaves_nothing_in_the_next_result(ProactorBench& bench);
void a_cancel_of_nothing_does_nothing(ProactorBench& bench);
void a_cancel_ends_one_operation_only(ProactorBench& bench);
void a_cancel_of_an_old_operation_spares_its_successor(ProactorBench& bench);
void a_late_cancel_changes_nothing(ProactorBench& bench);
void a_cancel_inside_a_handler_loses_no_byte(ProactorBench& bench);

// What a handler may do: submit again, destroy, close, and let a number be used anew.
void submits_inside_the_handler(ProactorBench& bench);
void submits_endlessly_and_lets_others_in(ProactorBench& bench);
void submits_endlessly_and_lets_handle_events_return(ProactorBench& bench);
void destroys_an_operation_in_its_handler(ProactorBench& bench);
void destroys_another_connection_in_a_handler(ProactorBench& bench);
void a_number_is_used_again(ProactorBench& bench);
void a_buffer_is_not_touched_before_submit(ProactorBench& bench);
void a_buffer_is_not_touched_after_a_cancel(ProactorBench& bench);

// Waiting: not too short, not too long, and not at all when something is complete.
void a_timeout_is_waited_for_and_no_longer(ProactorBench& bench);
void what_is_complete_is_not_waited_for(ProactorBench& bench);
void wakes_up_before_and_while_waiting(ProactorBench& bench);

}  // namespace lab::scenes
