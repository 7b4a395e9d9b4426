package xk6smtp

import "sync"

// shared holds what is made once for all VUs: each runs the same script, and makes the same things in its init context.
type shared[Key comparable, Value any] struct {
	mu   sync.Mutex
	made map[Key]func() (Value, error)
}

// get makes the value for a key at the first call; others wait for it.
func (s *shared[Key, Value]) get(key Key, build func() (Value, error)) (Value, error) {
	s.mu.Lock()
	once := s.made[key]
	if once == nil {
		if s.made == nil {
			s.made = map[Key]func() (Value, error){}
		}
		once = sync.OnceValues(build)
		s.made[key] = once
	}
	s.mu.Unlock()
	return once()
}
