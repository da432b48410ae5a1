/**
 * The model test of resumable sessions: real sessions and transports against a small client, over a
 * network that drops, duplicates, delays and cuts by a schedule that a seed decides.
 */
@NullMarked
package io.towpath.testkit.resume;

import org.jspecify.annotations.NullMarked;
