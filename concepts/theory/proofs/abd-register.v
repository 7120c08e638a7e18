Require Import List Arith Lia.
Import ListNotations.

(* A history, newest event first. An operation is known by its number (of its client, and of its turn there, say). *)
Inductive Kind := Read | Write (v : nat).
Inductive Event := Invoke (o : nat) (k : Kind) | Return (o v : nat).
Definition History := list Event.
Definition writes (h : History) (o v : nat) := In (Invoke o (Write v)) h.
Definition reads (h : History) (o v : nat) := In (Invoke o Read) h /\ In (Return o v) h.

(* a returned before b was invoked *)
Fixpoint precedes (h : History) (a b : nat) : Prop :=
  match h with
  | [] => False
  | Invoke o _ :: r => (o = b /\ exists v, In (Return a v) r) \/ precedes r a b
  | Return _ _ :: r => precedes r a b
  end.

(* Linearizability of a register that starts with 0: all completed operations, and some pending ones, stand in a total order
   that respects real time and in which each read returns the value of the last write before it. *)
Record linearization (h : History) (L : nat -> Prop) (lt : nat -> nat -> Prop) : Prop := {
  completed : forall o v, In (Return o v) h -> L o;
  invoked : forall o, L o -> exists k, In (Invoke o k) h;
  irreflexive : forall a, ~ lt a a;
  transitive : forall a b c, L a -> L b -> L c -> lt a b -> lt b c -> lt a c;
  total : forall a b, L a -> L b -> a = b \/ lt a b \/ lt b a;
  real_time : forall a b, L a -> L b -> precedes h a b -> lt a b;
  legal : forall o v, reads h o v ->
    (v = 0 /\ forall w u, L w -> writes h w u -> ~ lt w o) \/
    exists w, L w /\ writes h w v /\ lt w o /\ forall x u, L x -> writes h x u -> lt x o -> x = w \/ lt x w }.
Definition linearizable (h : History) := exists L lt, linearization h L lt.

(* Time stamps: a counter, and the operation that made it. *)
Definition Tag := (nat * nat)%type.
Definition below (t u : Tag) := fst t < fst u \/ (fst t = fst u /\ snd t < snd u).
Definition upto (t u : Tag) := fst t < fst u \/ (fst t = fst u /\ snd t <= snd u).

(* What was sent may be received at any time, often or never. Replicas and clients that crash take no more steps. *)
Inductive Message :=
| Ask (o : nat)
| Reply (r o : nat) (t : Tag) (v : nat)
| Store (o : nat) (t : Tag) (v : nat)
| Ack (r o : nat).

Record State := {
  stored : nat -> Tag * nat;                (* of each replica *)
  sent : list Message;
  call : nat -> option Kind;                (* operations that were invoked, *)
  chosen : nat -> option (Tag * nat);       (* those in the second phase, with what they store, *)
  ended : nat -> option nat;                (* and those that have returned, with the number of events before *)
  history : History }.

Definition set {V} (f : nat -> V) (k : nat) (v : V) : nat -> V := fun x => if x =? k then v else f x.
Definition start : State := {| stored := fun _ => ((0, 0), 0); sent := []; call := fun _ => None;
  chosen := fun _ => None; ended := fun _ => None; history := [] |}.

Section Register.
  Variable quorum : (nat -> Prop) -> Prop.
  Variable fresh : Tag -> nat -> Tag -> Prop.        (* the newest tag that was reported, the write, a tag that it may use *)
  Variable replaces : Tag -> Tag -> Prop.            (* a replica that has the first tag takes what comes with the second *)
  Variable skips : Prop.                             (* a read may return without storing what it read *)

  Definition picks (k : Kind) (o : nat) (t : Tag) (v : nat) (u : Tag) (x : nat) : Prop :=
    match k with Read => u = t /\ x = v | Write y => fresh t o u /\ x = y end.

  Inductive step (s : State) : State -> Prop :=
  | invoke : forall o k, call s o = None ->
      step s {| stored := stored s; sent := Ask o :: sent s; call := set (call s) o (Some k); chosen := chosen s;
                ended := ended s; history := Invoke o k :: history s |}
  | reply : forall r o, In (Ask o) (sent s) ->
      step s {| stored := stored s; sent := Reply r o (fst (stored s r)) (snd (stored s r)) :: sent s; call := call s;
                chosen := chosen s; ended := ended s; history := history s |}
  | choose : forall o k (Q : nat -> Prop) top t v u x, call s o = Some k -> chosen s o = None -> quorum Q ->
      Q top -> In (Reply top o t v) (sent s) ->
      (forall r, Q r -> exists w y, In (Reply r o w y) (sent s) /\ upto w t) -> picks k o t v u x ->
      step s {| stored := stored s; sent := Store o u x :: sent s; call := call s;
                chosen := set (chosen s) o (Some (u, x)); ended := ended s; history := history s |}
  | take : forall r o t v, In (Store o t v) (sent s) -> replaces (fst (stored s r)) t ->
      step s {| stored := set (stored s) r (t, v); sent := Ack r o :: sent s; call := call s; chosen := chosen s;
                ended := ended s; history := history s |}
  | keep : forall r o t v, In (Store o t v) (sent s) -> ~ replaces (fst (stored s r)) t ->
      step s {| stored := stored s; sent := Ack r o :: sent s; call := call s; chosen := chosen s;
                ended := ended s; history := history s |}
  | finish : forall o t v, chosen s o = Some (t, v) -> ended s o = None ->
      (exists Q, quorum Q /\ forall r, Q r -> In (Ack r o) (sent s)) \/ (skips /\ call s o = Some Read) ->
      step s {| stored := stored s; sent := sent s; call := call s; chosen := chosen s;
                ended := set (ended s) o (Some (length (history s))); history := Return o v :: history s |}.

  Inductive reachable : State -> Prop :=
  | at_start : reachable start
  | after_step : forall s t, reachable s -> step s t -> reachable t.
End Register.

Definition next_tag (t : Tag) (o : nat) (u : Tag) := u = (S (fst t), o).

Section Linearizable.
  Variable quorum : (nat -> Prop) -> Prop.
  Hypothesis meet : forall Q R, quorum Q -> quorum R -> exists r, Q r /\ R r.
  Definition Step := step quorum next_tag below False.
  Definition Reachable := reachable quorum next_tag below False.

  (* A pair of tag and value is the first one or that of a write. *)
  Definition origin (s : State) (t : Tag) (v : nat) : Prop :=
    (t = (0, 0) /\ v = 0) \/ (chosen s (snd t) = Some (t, v) /\ call s (snd t) = Some (Write v)).

  Record Invariant (s : State) : Prop := {
    asked : forall o, In (Ask o) (sent s) -> call s o <> None;
    replied : forall r o t v, In (Reply r o t v) (sent s) -> call s o <> None /\ origin s t v;
    storing : forall o t v, In (Store o t v) (sent s) -> chosen s o = Some (t, v);
    kept : forall r, origin s (fst (stored s r)) (snd (stored s r));
    acked : forall r o, In (Ack r o) (sent s) -> exists t v, chosen s o = Some (t, v) /\ upto t (fst (stored s r));
    picked : forall o t v, chosen s o = Some (t, v) -> origin s t v /\ exists k, call s o = Some k /\
      forall x, k = Write x -> snd t = o /\ v = x /\ 0 < fst t;
    finished : forall o n, ended s o = Some n -> n < length (history s) /\ exists t v, chosen s o = Some (t, v) /\
      In (Return o v) (history s) /\ exists Q, quorum Q /\ forall r, Q r -> upto t (fst (stored s r));
    stamps : forall a b n, ended s a = Some n -> ended s b = Some n -> a = b;
    invokes : forall o k, In (Invoke o k) (history s) <-> call s o = Some k;
    returns : forall o v, In (Return o v) (history s) -> ended s o <> None /\ exists t, chosen s o = Some (t, v);
    met : forall a b, precedes (history s) a b -> exists t v Q, chosen s a = Some (t, v) /\ ended s a <> None /\
      call s b <> None /\ quorum Q /\ forall r, Q r -> upto t (fst (stored s r)) /\
      forall u x, In (Reply r b u x) (sent s) -> upto t u;
    ordered : forall a b t v u w, precedes (history s) a b -> chosen s a = Some (t, v) -> chosen s b = Some (u, w) ->
      upto t u /\ forall x, call s b = Some (Write x) -> below t u;
    later : forall a b n m, precedes (history s) a b -> ended s a = Some n -> ended s b = Some m -> n < m }.

  Lemma set_same : forall V (f : nat -> V) k v, set f k v k = v.
  Proof. intros. unfold set. rewrite Nat.eqb_refl. reflexivity. Qed.

  Lemma set_new : forall V (f : nat -> option V) k v x y, f k = None -> f x = Some y -> set f k v x = Some y.
  Proof. intros V f k v x y N E. unfold set. destruct (Nat.eqb_spec x k); [congruence | exact E]. Qed.

  Lemma set_some : forall V (f : nat -> option V) k v x, f x <> None -> set f k (Some v) x <> None.
  Proof. intros V f k v x N. unfold set. destruct (x =? k); [discriminate | exact N]. Qed.

  Lemma upto_trans : forall t u w, upto t u -> upto u w -> upto t w.
  Proof. unfold upto. lia. Qed.

  Lemma upto_refl : forall t, upto t t.
  Proof. unfold upto. lia. Qed.

  Lemma origin_kept : forall s s' t v,
    (forall o p, chosen s o = Some p -> chosen s' o = Some p) -> (forall o k, call s o = Some k -> call s' o = Some k) ->
    origin s t v -> origin s' t v.
  Proof. intros s s' t v C D [O | [O P]]; [left; exact O | right; split; auto]. Qed.

  Lemma invariant_start : Invariant start.
  Proof.
    constructor; simpl; try contradiction; try discriminate; try (intros; contradiction); try (intros; discriminate).
    - intro r. left. auto.
    - intros o k. split; [contradiction | discriminate].
  Qed.

  Lemma invariant_step : forall s t, Invariant s -> Step s t -> Invariant t.
  Proof.
    intros s s' I H. destruct H as [o k New | r o A | o k Q top t v u x Called None_ q T P All Pick | r o t v A R | r o t v A R
      | o t v C E [[Q [q All]] | [[] _]]].
    - (* invoke *)
      assert (K : forall x y, call s x = Some y -> set (call s) o (Some k) x = Some y) by (intros; apply set_new; assumption).
      assert (O : forall t v, origin s t v -> origin {| stored := stored s; sent := Ask o :: sent s;
        call := set (call s) o (Some k); chosen := chosen s; ended := ended s; history := Invoke o k :: history s |} t v)
        by (intros t v; apply origin_kept; simpl; auto).
      assert (NoReply : forall r t v, ~ In (Reply r o t v) (sent s))
        by (intros r t v J; apply (replied s I) in J; destruct J as [J _]; contradiction).
      assert (NoChoice : forall p, chosen s o <> Some p).
      { intros [t v] J. destruct (picked s I _ _ _ J) as (_ & k' & J' & _). congruence. }
      constructor; simpl.
      + intros y [J|J]; [injection J as J; subst; rewrite set_same; discriminate | apply set_some, (asked s I), J].
      + intros r y t v [J|J]; [discriminate|]. destruct (replied s I _ _ _ _ J). split; [apply set_some|apply O]; assumption.
      + intros y t v [J|J]; [discriminate | apply (storing s I), J].
      + intro r. apply O, (kept s I).
      + intros r y [J|J]; [discriminate | apply (acked s I), J].
      + intros y t v J. destruct (picked s I _ _ _ J) as (Or & k' & J1 & J2). split; [apply O, Or | eauto].
      + intros y n J. destruct (finished s I _ _ J) as (Lt & t & v & C & F & Rest). split; [lia|].
        exists t, v. auto.
      + apply (stamps s I).
      + intros y k'. pose proof (invokes s I y k') as J. unfold set. destruct (Nat.eqb_spec y o) as [->|N].
        * split; [intros [F|F]; [congruence | apply J in F; congruence] | intro F; left; congruence].
        * rewrite <- J. split; [intros [F|F]; [congruence | exact F] | auto].
      + intros y v [J|J]; [discriminate | apply (returns s I), J].
      + intros a b [[<- [v J]] | J].
        * destruct (returns s I _ _ J) as [D [t C]]. destruct (ended s a) as [n|] eqn:En; [|contradiction].
          destruct (finished s I _ _ En) as (_ & t' & v' & C' & _ & Q & q & All). rewrite C in C'. injection C' as <- <-.
          exists t, v, Q. rewrite set_same. repeat split; auto; try discriminate.
          intros u x [F|F]; [discriminate | destruct (NoReply _ _ _ F)].
        * destruct (met s I _ _ J) as (t & v & Q & C & D & Cb & q & All). exists t, v, Q.
          split; [exact C|]. split; [exact D|]. split; [apply set_some, Cb|]. split; [exact q|].
          intros r m. destruct (All r m) as [U V]. split; [exact U|]. intros u x [F|F]; [discriminate | eauto].
      + intros a b t v u w [[<- _] | J] Ca Cb; [destruct (NoChoice _ Cb)|].
        destruct (ordered s I _ _ _ _ _ _ J Ca Cb) as [U B]. split; [exact U|]. intros x F. apply (B x).
        destruct (picked s I _ _ _ Cb) as (_ & k' & J1 & _). rewrite J1. apply K in J1. congruence.
      + intros a b n m [[<- _] | J] Ea Eb; [|exact (later s I _ _ _ _ J Ea Eb)].
        destruct (finished s I _ _ Eb) as (_ & t & v & C & _). destruct (NoChoice _ C).
    - (* reply *)
      destruct I as [I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13]. constructor; simpl; auto.
      + intros y [J|J]; [discriminate|auto].
      + intros r' y t v [J|J]; [|exact (I2 _ _ _ _ J)]. injection J as <- <- <- <-. split; [exact (I1 _ A) | apply I4].
      + intros y t v [J|J]; [discriminate|auto].
      + intros r' y [J|J]; [discriminate|auto].
      + intros a b J. destruct (I11 _ _ J) as (t & v & Q & C & D & Cb & q & All). exists t, v, Q.
        split; [exact C|]. split; [exact D|]. split; [exact Cb|]. split; [exact q|].
        intros r' m. destruct (All r' m) as [U V]. split; [exact U|]. intros u x [F|F]; [|eauto].
        injection F as <- <- <- <-. exact U.
    - (* choose *)
      assert (K : forall y p, chosen s y = Some p -> set (chosen s) o (Some (u, x)) y = Some p)
        by (intros; apply set_new; assumption).
      assert (O : forall t v, origin s t v -> origin {| stored := stored s; sent := Store o u x :: sent s;
        call := call s; chosen := set (chosen s) o (Some (u, x)); ended := ended s; history := history s |} t v)
        by (intros t' v'; apply origin_kept; simpl; auto).
      destruct I as [I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13]. constructor; simpl; auto.
      + intros y [J|J]; [discriminate|auto].
      + intros r y t' v' [J|J]; [discriminate|]. destruct (I2 _ _ _ _ J). auto.
      + intros y t' v' [J|J]; [injection J as <- <- <-; apply set_same | apply K; auto].
      + intros r y [J|J]; [discriminate|]. destruct (I5 _ _ J) as (t' & v' & C & U). eauto.
      + intros y t' v' J. unfold set in J. destruct (Nat.eqb_spec y o) as [->|N].
        * injection J as <- <-. destruct k as [|y]; simpl in Pick.
          -- destruct Pick as [-> ->]. split; [apply O; exact (proj2 (I2 _ _ _ _ P))|].
             exists Read. split; [exact Called | discriminate].
          -- destruct Pick as [F ->]. unfold next_tag in F. subst u. split.
             ++ right. simpl. rewrite set_same. auto.
             ++ exists (Write y). split; [exact Called|]. intros z Z. injection Z as ->. simpl. repeat split. lia.
        * destruct (I6 _ _ _ J) as (Or & k' & J1 & J2). split; [apply O, Or | eauto].
      + intros y n J. destruct (I7 _ _ J) as (Lt & t' & v' & C & F & Rest). split; [exact Lt|]. exists t', v'. auto.
      + intros y w J. destruct (I10 _ _ J) as [D [t' C]]. split; [exact D|]. exists t'. auto.
      + intros a b J. destruct (I11 _ _ J) as (t' & v' & R & C & D & Cb & q' & All'). exists t', v', R.
        split; [auto|]. split; [exact D|]. split; [exact Cb|]. split; [exact q'|].
        intros r m. destruct (All' r m) as [U V]. split; [exact U|]. intros w y [F|F]; [discriminate | eauto].
      + intros a b t' v' w y J Ca Cb. destruct (I11 _ _ J) as (ta & va & R & C & D & _ & q' & All').
        rewrite (K _ _ C) in Ca. injection Ca as <- <-.
        unfold set in Cb. destruct (Nat.eqb_spec b o) as [->|N]; [|eauto].
        injection Cb as <- <-. destruct (meet Q R q q') as (r & m & m').
        destruct (All r m) as (w & y & F & U). destruct (All' r m') as [_ V]. specialize (V _ _ F).
        pose proof (upto_trans _ _ _ V U) as W. destruct k as [|y']; simpl in Pick.
        * destruct Pick as [-> _]. split; [exact W|]. intros z Z. congruence.
        * destruct Pick as [G _]. unfold next_tag in G. subst u. unfold upto, below in *. simpl. split; [lia|]. intros; lia.
    - (* take *)
      assert (G : forall y p, upto p (fst (stored s y)) -> upto p (fst (set (stored s) r (t, v) y))).
      { intros y p U. unfold set. destruct (Nat.eqb_spec y r) as [->|]; [|exact U]. simpl. unfold upto, below in *. lia. }
      destruct I as [I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13]. constructor; simpl; auto.
      + intros y [J|J]; [discriminate|auto].
      + intros r' y t' v' [J|J]; [discriminate|]. exact (I2 _ _ _ _ J).
      + intros y t' v' [J|J]; [discriminate|auto].
      + intro y. unfold set. destruct (Nat.eqb_spec y r); [|exact (I4 y)]. simpl. exact (proj1 (I6 _ _ _ (I3 _ _ _ A))).
      + intros r' y [J|J].
        * injection J as <- <-. exists t, v. split; [auto|]. rewrite set_same. apply upto_refl.
        * destruct (I5 _ _ J) as (t' & v' & C & U). eauto.
      + intros y n J. destruct (I7 _ _ J) as (Lt & t' & v' & C & F & Q & q & Z). split; [exact Lt|]. exists t', v'.
        split; [exact C|]. split; [exact F|]. exists Q. split; [exact q|]. auto.
      + intros a b J. destruct (I11 _ _ J) as (t' & v' & R' & C & D & Cb & q' & All'). exists t', v', R'.
        split; [auto|]. split; [exact D|]. split; [exact Cb|]. split; [exact q'|].
        intros r' m. destruct (All' r' m) as [U V]. split; [auto|]. intros w y [F|F]; [discriminate | eauto].
    - (* keep *)
      destruct I as [I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13]. constructor; simpl; auto.
      + intros y [J|J]; [discriminate|auto].
      + intros r' y t' v' [J|J]; [discriminate|]. exact (I2 _ _ _ _ J).
      + intros y t' v' [J|J]; [discriminate|auto].
      + intros r' y [J|J]; [|auto]. injection J as <- <-. exists t, v. split; [auto|]. unfold upto, below in *. lia.
      + intros a b J. destruct (I11 _ _ J) as (t' & v' & R' & C & D & Cb & q' & All'). exists t', v', R'.
        split; [auto|]. split; [exact D|]. split; [exact Cb|]. split; [exact q'|].
        intros r' m. destruct (All' r' m) as [U V]. split; [auto|]. intros w y [F|F]; [discriminate | eauto].
    - (* finish *)
      assert (K : forall y n, ended s y = Some n -> set (ended s) o (Some (length (history s))) y = Some n)
        by (intros; apply set_new; assumption).
      destruct I as [I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13]. constructor; simpl; auto.
      + intros y n J. unfold set in J. destruct (Nat.eqb_spec y o) as [->|N].
        * injection J as <-. split; [lia|]. exists t, v. split; [exact C|]. split; [auto|]. exists Q. split; [exact q|].
          intros r m. destruct (I5 _ _ (All r m)) as (t' & v' & C' & U). congruence.
        * destruct (I7 _ _ J) as (Lt & t' & v' & C' & F & Rest). split; [lia|]. exists t', v'. auto.
      + intros a b n. unfold set. destruct (Nat.eqb_spec a o) as [->|Na], (Nat.eqb_spec b o) as [->|Nb]; intros J F; auto.
        * injection J as <-. destruct (I7 _ _ F). lia.
        * injection F as <-. destruct (I7 _ _ J). lia.
        * eauto.
      + intros y k. rewrite <- I9. split; [intros [J|J]; [discriminate|exact J] | auto].
      + intros y w [J|J].
        * injection J as <- <-. split; [rewrite set_same; discriminate | eauto].
        * destruct (I10 _ _ J). split; [apply set_some; assumption | assumption].
      + intros a b J. destruct (I11 _ _ J) as (t' & v' & R' & C' & D & Rest). exists t', v', R'.
        split; [auto|]. split; [apply set_some, D | exact Rest].
      + intros a b n m J Ea Eb. destruct (I11 _ _ J) as (t' & v' & R' & C' & D & _).
        destruct (ended s a) as [na|] eqn:Fa; [|contradiction]. rewrite (K _ _ Fa) in Ea. injection Ea as <-.
        unfold set in Eb. destruct (Nat.eqb_spec b o) as [->|N]; [|eauto].
        injection Eb as <-. exact (proj1 (I7 _ _ Fa)).
  Qed.

  Lemma invariant : forall s, Reachable s -> Invariant s.
  Proof. induction 1; [exact invariant_start | eapply invariant_step; eassumption]. Qed.

  (* The order: by tag, a write before the reads of its value, reads of one value as they returned. *)
  Definition in_order (s : State) (o : nat) : Prop :=
    ended s o <> None \/ (chosen s o <> None /\ exists v, call s o = Some (Write v)).
  Definition earlier (s : State) (a b : nat) : Prop :=
    exists t v u w, chosen s a = Some (t, v) /\ chosen s b = Some (u, w) /\
      (below t u \/ (t = u /\ call s b = Some Read /\
        ((exists x, call s a = Some (Write x)) \/
         (call s a = Some Read /\ exists n m, ended s a = Some n /\ ended s b = Some m /\ n < m)))).

  Theorem abd_linearizable : forall s, Reachable s -> linearizable (history s).
  Proof.
    intros s R. pose proof (invariant s R) as I. exists (in_order s), (earlier s). constructor.
    - intros o v J. left. exact (proj1 (returns s I _ _ J)).
    - intros o [J | [_ [v J]]].
      + destruct (ended s o) as [n|] eqn:E; [|contradiction]. destruct (finished s I _ _ E) as (_ & t & v & C & _).
        destruct (picked s I _ _ _ C) as (_ & k & K & _). exists k. apply (invokes s I), K.
      + exists (Write v). apply (invokes s I), J.
    - intros a (t & v & u & w & Ca & Cb & [B | (_ & K & [[x K'] | (_ & n & m & E & F & Lt)])]).
      + rewrite Ca in Cb. injection Cb as <- <-. unfold below in B. lia.
      + congruence.
      + rewrite E in F. injection F as <-. lia.
    - intros a b c _ _ _ (t & v & u & w & Ca & Cb & X) (u' & w' & y & z & Cb' & Cc & Y).
      rewrite Cb in Cb'. injection Cb' as <- <-. exists t, v, y, z. split; [exact Ca|]. split; [exact Cc|].
      destruct X as [X | (-> & Kb & X)], Y as [Y | (-> & Kc & Y)].
      + left. unfold below in *. lia.
      + left. exact X.
      + left. exact Y.
      + right. split; [reflexivity|]. split; [exact Kc|]. destruct X as [X | (Ka & n & m & Ea & Eb & Lt)]; [left; exact X|].
        right. split; [exact Ka|]. destruct Y as [[x Y] | (_ & m' & l & Eb' & Ec & Lt')]; [congruence|].
        rewrite Eb in Eb'. injection Eb' as <-. exists n, l. repeat split; auto. lia.
    - assert (Chosen : forall o, in_order s o -> exists t v, chosen s o = Some (t, v)).
      { intros o [J | [J _]].
        - destruct (ended s o) as [n|] eqn:E; [|contradiction]. destruct (finished s I _ _ E) as (_ & t & v & C & _). eauto.
        - destruct (chosen s o) as [[t v]|]; [eauto | contradiction]. }
      intros a b La Lb. destruct (Chosen a La) as (t & v & Ca), (Chosen b Lb) as (u & w & Cb).
      assert (D : below t u \/ t = u \/ below u t).
      { destruct t as [t1 t2], u as [u1 u2]. unfold below. simpl.
        destruct (lt_eq_lt_dec t1 u1) as [[Lt | ->] | Gt]; auto. destruct (lt_eq_lt_dec t2 u2) as [[Lt | ->] | Gt]; auto. }
      destruct D as [D | [<- | D]].
      + right. left. exists t, v, u, w. auto.
      + destruct (picked s I _ _ _ Ca) as (_ & ka & Ka & Wa), (picked s I _ _ _ Cb) as (_ & kb & Kb & Wb).
        destruct ka as [|x], kb as [|y].
        * assert (N : forall o, in_order s o -> call s o = Some Read -> exists n, ended s o = Some n).
          { intros o [J | [_ [x J]]] K; [|congruence]. destruct (ended s o); [eauto | contradiction]. }
          destruct (N a La Ka) as [n En], (N b Lb Kb) as [m Em]. destruct (lt_eq_lt_dec n m) as [[Lt | <-] | Gt].
          -- right. left. exists t, v, t, w. split; [exact Ca|]. split; [exact Cb|]. right. repeat split; auto.
             right. split; [exact Ka|]. eauto.
          -- left. exact (stamps s I _ _ _ En Em).
          -- right. right. exists t, w, t, v. split; [exact Cb|]. split; [exact Ca|]. right. repeat split; auto.
             right. split; [exact Kb|]. eauto.
        * right. right. exists t, w, t, v. split; [exact Cb|]. split; [exact Ca|]. right. repeat split; eauto.
        * right. left. exists t, v, t, w. split; [exact Ca|]. split; [exact Cb|]. right. repeat split; eauto.
        * left. destruct (Wa _ eq_refl) as [E _], (Wb _ eq_refl) as [F _]. congruence.
      + right. right. exists u, w, t, v. auto.
    - intros a b La Lb P. destruct (met s I _ _ P) as (t & v & Q & Ca & Ea & _).
      assert (exists u w, chosen s b = Some (u, w)) as (u & w & Cb).
      { destruct Lb as [J | [J _]].
        - destruct (ended s b) as [n|] eqn:E; [|contradiction]. destruct (finished s I _ _ E) as (_ & u & w & C & _). eauto.
        - destruct (chosen s b) as [[u w]|]; [eauto | contradiction]. }
      exists t, v, u, w. split; [exact Ca|]. split; [exact Cb|].
      destruct (ordered s I _ _ _ _ _ _ P Ca Cb) as [U B]. destruct (picked s I _ _ _ Cb) as (_ & kb & Kb & _).
      destruct kb as [|y]; [|left; exact (B y Kb)].
      assert (D : below t u \/ t = u).
      { destruct t as [t1 t2], u as [u1 u2]. unfold upto, below in *. simpl in *.
        destruct (Nat.eq_dec t1 u1) as [->|]; [|lia]. destruct (Nat.eq_dec t2 u2) as [->|]; [auto | lia]. }
      destruct D as [D | D]; [left; exact D | right]. split; [exact D|]. split; [exact Kb|].
      destruct (picked s I _ _ _ Ca) as (_ & ka & Ka & _). destruct ka as [|x]; [|left; eauto]. right. split; [exact Ka|].
      destruct (ended s a) as [n|] eqn:En; [|contradiction].
      destruct Lb as [J | [_ [x J]]]; [|congruence]. destruct (ended s b) as [m|] eqn:Em; [|contradiction].
      exists n, m. repeat split. exact (later s I _ _ _ _ P En Em).
    - intros o v [Rd Rt]. apply (invokes s I) in Rd. destruct (returns s I _ _ Rt) as [E [t C]].
      destruct (picked s I _ _ _ C) as [[[-> ->] | [Cw Kw]] _].
      + left. split; [reflexivity|]. intros w u _ W (t & v & t' & v' & C1 & C2 & X). apply (invokes s I) in W.
        rewrite C in C2. injection C2 as <- <-. destruct (picked s I _ _ _ C1) as (_ & k & K & Z).
        rewrite W in K. injection K as <-. destruct (Z _ eq_refl) as (_ & _ & Pos).
        destruct X as [X | [-> _]]; [unfold below in X; simpl in X; lia | simpl in Pos; lia].
      + right. exists (snd t). split; [right; split; [congruence | eauto]|]. split; [apply (invokes s I), Kw|].
        split; [exists t, v, t, v; repeat split; auto; right; repeat split; eauto|].
        intros x u Lx W (t1 & v1 & t2 & v2 & C1 & C2 & X). rewrite C in C2. injection C2 as <- <-.
        apply (invokes s I) in W. destruct X as [X | [-> _]].
        * right. exists t1, v1, t, v. auto.
        * left. destruct (picked s I _ _ _ C1) as (_ & k & K & Z). rewrite W in K. injection K as <-.
          destruct (Z _ eq_refl) as [F _]. congruence.
  Qed.
End Linearizable.

(* Two kinds of histories that are not linearizable. *)
Lemma back_to_start : forall h a b v, v <> 0 -> reads h a v -> reads h b 0 -> precedes h a b -> (forall w, ~ writes h w 0) ->
  ~ linearizable h.
Proof.
  intros h a b v V Ra Rb P N (L & lt & [Co In_ Irr Tr To Re Le]).
  assert (La : L a) by (eapply Co; apply Ra). assert (Lb : L b) by (eapply Co; apply Rb).
  destruct (Le a v Ra) as [[F _] | (w & Lw & W & B & _)]; [contradiction|].
  destruct (Le b 0 Rb) as [[_ F] | (x & _ & X & _)]; [|exact (N x X)].
  apply (F w v Lw W), (Tr w a b); auto.
Qed.

Definition shows (h : History) (o v : nat) := (writes h o v /\ exists u, In (Return o u) h) \/ reads h o v.

Lemma back_and_forth : forall h a b c v u x y, v <> 0 -> u <> 0 -> x <> y ->
  (forall w, writes h w v -> w = x) -> (forall w, writes h w u -> w = y) ->
  shows h a v -> shows h b u -> reads h c v -> precedes h a b -> precedes h b c -> ~ linearizable h.
Proof.
  intros h a b c v u x y V U N X Y A B C P P' (L & lt & [Co In_ Irr Tr To Re Le]).
  assert (LL : forall o z, shows h o z -> L o).
  { intros o z [[_ [q Q]] | [_ Q]]; eapply Co; exact Q. }
  assert (La := LL _ _ A). assert (Lb := LL _ _ B). assert (Lc := LL _ _ (or_intror C)).
  pose proof (Re _ _ La Lb P) as AB. pose proof (Re _ _ Lb Lc P') as BC.
  destruct (Le c v C) as [[F _] | (w & Lx & Wx & XC & Last)]; [contradiction|]. pose proof (X _ Wx). subst w.
  assert (XA : x = a \/ lt x a).
  { destruct A as [[W _] | R]; [left; symmetry; exact (X _ W)|].
    destruct (Le a v R) as [[F _] | (w & _ & W & Q & _)]; [contradiction|]. rewrite <- (X _ W). auto. }
  assert (XB : lt x b) by (destruct XA as [-> | Q]; [exact AB | apply (Tr x a b); auto]).
  destruct B as [[W _] | R].
  - pose proof (Y _ W). subst y. destruct (Last b u Lb W BC) as [E | E]; [congruence|].
    apply (Irr b), (Tr b x b); auto.
  - destruct (Le b u R) as [[F _] | (w & Ly & W & Q & Last')]; [contradiction|]. pose proof (Y _ W). subst w.
    destruct (Last' x v Lx Wx XB) as [E | E]; [congruence|].
    destruct (Last y u Ly W (Tr y b c Ly Lb Lc Q BC)) as [F | F]; [congruence|].
    apply (Irr x), (Tr x y x); auto.
Qed.

(* Majorities of three replicas meet. *)
Definition couple (x y : nat) : nat -> Prop := fun a => a = x \/ a = y.
Definition majority (Q : nat -> Prop) : Prop :=
  (forall a, Q a <-> couple 1 2 a) \/ (forall a, Q a <-> couple 2 3 a) \/ (forall a, Q a <-> couple 1 3 a).
Definition single (Q : nat -> Prop) : Prop := exists a, forall x, Q x <-> x = a.

Lemma majorities_meet : forall Q R, majority Q -> majority R -> exists r, Q r /\ R r.
Proof.
  intros Q R [q|[q|q]] [r|[r|r]];
    first [ exists 1; split; [apply q|apply r]; unfold couple; lia
          | exists 2; split; [apply q|apply r]; unfold couple; lia
          | exists 3; split; [apply q|apply r]; unfold couple; lia ].
Qed.

(* Runs, built step by step. *)
Ltac continue H := match goal with R : reachable ?q ?f ?p ?i ?s |- _ =>
  let N := fresh in pose proof (after_step q f p i s _ R H) as N; clear R; rename N into R;
  cbv beta iota delta [start stored sent call chosen ended history] in R; cbn [length fst snd] in R end.
Ltac there := simpl; solve [repeat first [left; reflexivity | right]].
Ltac is_quorum := first [eexists; intro; unfold couple; split; [intros [|]; eassumption | auto]
  | left; intro; reflexivity | right; left; intro; reflexivity | right; right; intro; reflexivity].
Ltac each := let a := fresh in let H := fresh in intros a H; destruct H; subst a.
Ltac invokes o k := match goal with R : reachable ?q ?f ?p ?i ?s |- _ => continue (invoke q f p i s o k eq_refl) end.
Ltac replies r o := match goal with R : reachable ?q ?f ?p ?i ?s |- _ => continue (reply q f p i s r o ltac:(there)) end.
Ltac chooses o k Q top t v u x := match goal with R : reachable ?q ?f ?p ?i ?s |- _ =>
  continue (choose q f p i s o k Q top t v u x eq_refl eq_refl ltac:(is_quorum) ltac:(unfold couple; auto) ltac:(there)
    ltac:(each; (do 2 eexists; split; [there | cbv; lia])) ltac:(cbv; auto)) end.
Ltac takes r o t v := match goal with R : reachable ?q ?f ?p ?i ?s |- _ =>
  continue (take q f p i s r o t v ltac:(there) ltac:(cbv; first [exact I | lia])) end.
Ltac keeps r o t v := match goal with R : reachable ?q ?f ?p ?i ?s |- _ =>
  continue (keep q f p i s r o t v ltac:(there) ltac:(cbv; lia)) end.
Ltac finishes o t v Q := match goal with R : reachable ?q ?f ?p ?i ?s |- _ =>
  continue (finish q f p i s o t v eq_refl eq_refl ltac:(left; exists Q; split; [is_quorum | each; there])) end.
Ltac skips_to o t v := match goal with R : reachable ?q ?f ?p ?i ?s |- _ =>
  continue (finish q f p i s o t v eq_refl eq_refl ltac:(right; split; [exact I | reflexivity])) end.
Ltac event := cbv [reads writes shows precedes history]; simpl; first
  [ split; there | left; split; [there | eexists; there] | right; split; there
  | solve [repeat first [left; split; [reflexivity | eexists; there] | right]] ].
Ltac closes := let E := fresh in intros ? E; cbv [writes history] in E; simpl in E;
  repeat destruct E as [E|E]; solve [discriminate | congruence | contradiction].

(* Two writes at the same time both complete, and a read returns one of them: the theorem speaks of something. *)
Theorem concurrent_writers_complete : exists s, reachable majority next_tag below False s /\
  writes (history s) 1 7 /\ writes (history s) 2 8 /\ ~ precedes (history s) 1 2 /\ ~ precedes (history s) 2 1 /\
  reads (history s) 3 8.
Proof.
  pose proof (at_start majority next_tag below False) as R.
  invokes 1 (Write 7). invokes 2 (Write 8). replies 1 1. replies 2 1. replies 2 2. replies 3 2.
  chooses 1 (Write 7) (couple 1 2) 1 (0, 0) 0 (1, 1) 7. chooses 2 (Write 8) (couple 2 3) 2 (0, 0) 0 (1, 2) 8.
  takes 2 2 (1, 2) 8. takes 3 2 (1, 2) 8. takes 1 1 (1, 1) 7. keeps 2 1 (1, 1) 7.
  finishes 1 (1, 1) 7 (couple 1 2). finishes 2 (1, 2) 8 (couple 2 3).
  invokes 3 Read. replies 1 3. replies 2 3. chooses 3 Read (couple 1 2) 2 (1, 2) 8 (1, 2) 8.
  takes 1 3 (1, 2) 8. keeps 2 3 (1, 2) 8. finishes 3 (1, 2) 8 (couple 1 2).
  eexists. split; [exact R|]. cbv [reads writes precedes history]. simpl. intuition (try discriminate);
    repeat match goal with H : exists _, _ |- _ => destruct H | H : _ \/ _ |- _ => destruct H end;
    try discriminate; contradiction.
Qed.

(* Reads that return without storing what they read: one sees a half-done write, the next one does not. *)
Theorem writeback_needed : exists s, reachable majority next_tag below True s /\ ~ linearizable (history s).
Proof.
  pose proof (at_start majority next_tag below True) as R.
  invokes 1 (Write 7). replies 1 1. replies 2 1. chooses 1 (Write 7) (couple 1 2) 1 (0, 0) 0 (1, 1) 7. takes 1 1 (1, 1) 7.
  invokes 2 Read. replies 1 2. replies 2 2. chooses 2 Read (couple 1 2) 1 (1, 1) 7 (1, 1) 7. skips_to 2 (1, 1) 7.
  invokes 3 Read. replies 2 3. replies 3 3. chooses 3 Read (couple 2 3) 2 (0, 0) 0 (0, 0) 0. skips_to 3 (0, 0) 0.
  eexists. split; [exact R|]. apply (back_to_start _ 2 3 7); [discriminate | event | event | event | closes].
Qed.

(* Quorums that need not meet. *)
Theorem meeting_needed : exists s, reachable single next_tag below False s /\ ~ linearizable (history s).
Proof.
  pose proof (at_start single next_tag below False) as R.
  invokes 1 (Write 7). replies 1 1. chooses 1 (Write 7) (couple 1 1) 1 (0, 0) 0 (1, 1) 7. takes 1 1 (1, 1) 7.
  invokes 2 Read. replies 1 2. chooses 2 Read (couple 1 1) 1 (1, 1) 7 (1, 1) 7. keeps 1 2 (1, 1) 7.
  finishes 2 (1, 1) 7 (couple 1 1).
  invokes 3 Read. replies 2 3. chooses 3 Read (couple 2 2) 2 (0, 0) 0 (0, 0) 0. keeps 2 3 (0, 0) 0.
  finishes 3 (0, 0) 0 (couple 2 2).
  eexists. split; [exact R|]. apply (back_to_start _ 2 3 7); [discriminate | event | event | event | closes].
Qed.

(* Replicas that take whatever comes last: an old value that a slow reader stores replaces a newer one. *)
Theorem newest_needed : exists s, reachable majority next_tag (fun _ _ => True) False s /\ ~ linearizable (history s).
Proof.
  pose proof (at_start majority next_tag (fun _ _ => True) False) as R.
  invokes 4 Read. replies 1 4. replies 2 4. chooses 4 Read (couple 1 2) 1 (0, 0) 0 (0, 0) 0.
  invokes 1 (Write 7). replies 1 1. replies 2 1. chooses 1 (Write 7) (couple 1 2) 1 (0, 0) 0 (1, 1) 7.
  takes 1 1 (1, 1) 7. takes 2 1 (1, 1) 7. finishes 1 (1, 1) 7 (couple 1 2).
  invokes 2 Read. replies 1 2. replies 2 2. chooses 2 Read (couple 1 2) 1 (1, 1) 7 (1, 1) 7.
  takes 1 2 (1, 1) 7. takes 2 2 (1, 1) 7. finishes 2 (1, 1) 7 (couple 1 2).
  takes 1 4 (0, 0) 0. takes 2 4 (0, 0) 0.
  invokes 3 Read. replies 1 3. replies 2 3. chooses 3 Read (couple 1 2) 1 (0, 0) 0 (0, 0) 0.
  takes 1 3 (0, 0) 0. takes 2 3 (0, 0) 0. finishes 3 (0, 0) 0 (couple 1 2).
  eexists. split; [exact R|]. apply (back_to_start _ 2 3 7); [discriminate | event | event | event | closes].
Qed.

(* Writers that do not use what they asked for, but count for themselves, as a single writer may: the second write is lost. *)
Definition own_count (t : Tag) (o : nat) (u : Tag) := 0 < fst u /\ snd u = o.
Theorem asking_needed : exists s, reachable majority own_count below False s /\ ~ linearizable (history s).
Proof.
  pose proof (at_start majority own_count below False) as R.
  invokes 1 (Write 7). replies 1 1. replies 2 1. chooses 1 (Write 7) (couple 1 2) 1 (0, 0) 0 (2, 1) 7.
  takes 1 1 (2, 1) 7. takes 2 1 (2, 1) 7. finishes 1 (2, 1) 7 (couple 1 2).
  invokes 2 (Write 8). replies 1 2. replies 2 2. chooses 2 (Write 8) (couple 1 2) 1 (2, 1) 7 (1, 2) 8.
  keeps 1 2 (1, 2) 8. keeps 2 2 (1, 2) 8. finishes 2 (1, 2) 8 (couple 1 2).
  invokes 3 Read. replies 1 3. replies 2 3. chooses 3 Read (couple 1 2) 1 (2, 1) 7 (2, 1) 7.
  keeps 1 3 (2, 1) 7. keeps 2 3 (2, 1) 7. finishes 3 (2, 1) 7 (couple 1 2).
  eexists. split; [exact R|].
  apply (back_and_forth _ 1 2 3 7 8 1 2); try discriminate; [closes | closes | event | event | event | event | event].
Qed.

(* Tags without the name of the write: two writers use the same one, and replicas with the same tag differ. *)
Definition nameless (t : Tag) (o : nat) (u : Tag) := u = (S (fst t), 0).
Theorem names_needed : exists s, reachable majority nameless below False s /\ ~ linearizable (history s).
Proof.
  pose proof (at_start majority nameless below False) as R.
  invokes 1 (Write 7). replies 1 1. replies 3 1. chooses 1 (Write 7) (couple 1 3) 1 (0, 0) 0 (1, 0) 7.
  invokes 2 (Write 8). replies 2 2. replies 3 2. chooses 2 (Write 8) (couple 2 3) 2 (0, 0) 0 (1, 0) 8.
  takes 1 1 (1, 0) 7. takes 2 2 (1, 0) 8. takes 3 1 (1, 0) 7.
  invokes 3 Read. replies 1 3. replies 3 3. chooses 3 Read (couple 1 3) 1 (1, 0) 7 (1, 0) 7.
  keeps 1 3 (1, 0) 7. keeps 3 3 (1, 0) 7. finishes 3 (1, 0) 7 (couple 1 3).
  invokes 4 Read. replies 2 4. replies 3 4. chooses 4 Read (couple 2 3) 2 (1, 0) 8 (1, 0) 8.
  keeps 2 4 (1, 0) 8. keeps 3 4 (1, 0) 8. finishes 4 (1, 0) 8 (couple 2 3).
  invokes 5 Read. replies 1 5. replies 3 5. chooses 5 Read (couple 1 3) 1 (1, 0) 7 (1, 0) 7.
  keeps 1 5 (1, 0) 7. keeps 3 5 (1, 0) 7. finishes 5 (1, 0) 7 (couple 1 3).
  eexists. split; [exact R|].
  apply (back_and_forth _ 3 4 5 7 8 1 2); try discriminate; [closes | closes | event | event | event | event | event].
Qed.
